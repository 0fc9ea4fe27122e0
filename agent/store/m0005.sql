-- Cases that another system knows by a number of its own. Only the keyed hash of that number is kept
-- (agent.journal.external), so that what it sends again finds its case and nobody can read the number here.

CREATE TABLE case_external (
    digest TEXT PRIMARY KEY,           -- HMAC-SHA256 of the system's name and its number, hex
    ref TEXT NOT NULL
) STRICT, WITHOUT ROWID;
