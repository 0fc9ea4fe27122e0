-- The journal of business steps (agent.journal). What happened is in `event`, as case.step and case.amended;
-- these tables can be made again from it. Times are text as in m0001, days are ISO dates.

CREATE TABLE case_view (
    ref TEXT PRIMARY KEY,
    is_open INTEGER NOT NULL,
    next_due TEXT,                     -- day of what is awaited first, NULL where nothing is
    last_utc TEXT NOT NULL,
    last_seq INTEGER NOT NULL,         -- newest event that is folded in
    body TEXT NOT NULL                 -- JSON of agent.journal.model.Case
) STRICT, WITHOUT ROWID;
CREATE INDEX case_view_due ON case_view (next_due) WHERE is_open;
CREATE INDEX case_view_recent ON case_view (last_utc) WHERE is_open;
CREATE INDEX case_view_seq ON case_view (last_seq);

CREATE TABLE case_event (
    seq INTEGER PRIMARY KEY REFERENCES event (seq),
    ref TEXT NOT NULL
) STRICT;
CREATE INDEX case_event_of ON case_event (ref, seq);

-- What was kept under an idempotency key, so that the same request again is answered and not kept twice.
CREATE TABLE journal_key (
    key TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL,              -- of what was asked
    seqs TEXT NOT NULL,                -- JSON array of the events' numbers
    at_utc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
