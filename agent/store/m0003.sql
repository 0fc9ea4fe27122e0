-- What IT is to be told (agent.tickets.outbox). Not chained: the journal holds the same notes as events.
-- Times are text as in m0001. A note is written once; a delivery is one note on its way to one sink.

CREATE TABLE ticket_note (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,           -- of the operation; in the text, so that a repeat can be told
    incident TEXT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('open', 'comment', 'resolve', 'reopen', 'digest')),
    reason TEXT NOT NULL,
    body TEXT NOT NULL,                -- canonical JSON: plain facts, no words, nothing of a client
    put_utc TEXT NOT NULL,
    due_utc TEXT NOT NULL,
    boot_id TEXT NOT NULL,             -- in this boot the note is due at due_boot_ms, whatever the clock says
    due_boot_ms INTEGER NOT NULL,
    is_routed INTEGER NOT NULL DEFAULT 0   -- 1 once every sink has its delivery of it
) STRICT;
CREATE INDEX ticket_note_new ON ticket_note (seq) WHERE is_routed = 0;
CREATE INDEX ticket_note_incident ON ticket_note (incident, seq);

CREATE TABLE ticket_delivery (
    note INTEGER NOT NULL REFERENCES ticket_note (seq),
    sink TEXT NOT NULL,
    incident TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('pending', 'sending', 'delivered', 'parked', 'withdrawn', 'kept')),
    attempts INTEGER NOT NULL DEFAULT 0,
    detail TEXT NOT NULL DEFAULT '',
    changed_utc TEXT NOT NULL,
    PRIMARY KEY (note, sink)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_delivery_incident ON ticket_delivery (sink, incident, note);
CREATE INDEX ticket_delivery_waiting ON ticket_delivery (sink, note)
    WHERE state IN ('pending', 'sending', 'parked');

CREATE TABLE ticket_remote (
    incident TEXT NOT NULL,
    sink TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    url TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'resolved', 'closed_by_person', 'gone')),
    changed_utc TEXT NOT NULL,
    PRIMARY KEY (incident, sink)
) STRICT, WITHOUT ROWID;
