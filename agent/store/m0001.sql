-- Schema 1. Every row carries `hash`; event and result_change are also chained by `prev_hash` (chain.py).
-- at_utc: ISO 8601 UTC with microseconds and Z, so that text order is time order. boot_ms: since boot.
-- origin: '' for a row of this file's own; "SHA256/SEQ" for a row carried over from a damaged file.

CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    at_utc TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    boot_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    body TEXT NOT NULL,                -- canonical JSON
    procedure_edition TEXT NOT NULL,
    procedure_sha256 TEXT NOT NULL,
    origin TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX event_kind ON event (kind, seq);

CREATE TABLE result_change (
    seq INTEGER PRIMARY KEY,
    check_id TEXT NOT NULL,
    device TEXT NOT NULL,
    at_utc TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    boot_ms INTEGER NOT NULL,
    body TEXT NOT NULL,                -- canonical JSON of agent.result.Result
    procedure_edition TEXT NOT NULL,
    procedure_sha256 TEXT NOT NULL,
    origin TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX result_change_key ON result_change (check_id, device, seq);

CREATE TABLE result_latest (
    check_id TEXT NOT NULL,
    device TEXT NOT NULL,
    body TEXT NOT NULL,                -- canonical JSON of agent.result.Result
    procedure_edition TEXT NOT NULL,
    procedure_sha256 TEXT NOT NULL,
    signature TEXT NOT NULL,           -- what makes a change: state, reason, finding codes, procedure
    change_boot_id TEXT NOT NULL,      -- when this key last got a row in result_change
    change_boot_ms INTEGER NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (check_id, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest link of each chain: shows a cut-off tail. Rows up to trimmed_seq may be deleted.
CREATE TABLE head (
    name TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    trimmed_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO head VALUES
    ('event', 0, '0000000000000000000000000000000000000000000000000000000000000000', 0),
    ('result_change', 0, '0000000000000000000000000000000000000000000000000000000000000000', 0);

CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER result_change_no_update BEFORE UPDATE ON result_change
BEGIN SELECT RAISE(ABORT, 'result_change is append-only'); END;
CREATE TRIGGER result_change_no_delete BEFORE DELETE ON result_change
WHEN OLD.seq > (SELECT trimmed_seq FROM head WHERE name = 'result_change')
BEGIN SELECT RAISE(ABORT, 'result_change is append-only'); END;
