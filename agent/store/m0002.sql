-- Incidents (agent.incidents). What happened is in the journal, as events of kind incident.*; `incident` is
-- where each of them stands, and the gate: the store itself refuses two open ones of one fault, and a close
-- without a passed retest and a report that are newer than everything which made earlier tests worthless.

CREATE TABLE incident (
    id TEXT PRIMARY KEY,               -- sorts by the time it was found
    key TEXT NOT NULL,                 -- asset, check, fault: the same on every desk that shares the asset
    check_id TEXT NOT NULL,
    device TEXT NOT NULL,
    fault TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('stop', 'degraded', 'notice')),
    standing TEXT NOT NULL CHECK (standing IN ('open', 'recovered', 'closed', 'cancelled')),
    found_utc TEXT NOT NULL,
    changed_utc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX incident_open_key ON incident (key) WHERE standing IN ('open', 'recovered');
CREATE UNIQUE INDEX incident_open_row ON incident (check_id, device, fault)
    WHERE standing IN ('open', 'recovered');

-- Which rows of the journal belong to which incident. `proofs` of a retest: its passes and answers.
CREATE TABLE incident_event (
    seq INTEGER PRIMARY KEY REFERENCES event (seq),
    incident TEXT NOT NULL REFERENCES incident (id),
    kind TEXT NOT NULL,                -- the event's, without "incident."
    proofs INTEGER NOT NULL DEFAULT 0,
    proofs_needed INTEGER NOT NULL DEFAULT 0,
    CHECK (kind <> 'retested' OR (proofs >= proofs_needed AND proofs_needed >= 1))
) STRICT;
CREATE INDEX incident_event_of ON incident_event (incident, seq);

CREATE TABLE incident_report (
    number INTEGER PRIMARY KEY,
    incident TEXT NOT NULL REFERENCES incident (id),
    made_utc TEXT NOT NULL,
    html TEXT NOT NULL,
    pdf BLOB                           -- NULL until it has been made
) STRICT;

CREATE TRIGGER incident_begins_open BEFORE INSERT ON incident WHEN NEW.standing IN ('closed', 'cancelled')
BEGIN SELECT RAISE(ABORT, 'an incident begins open'); END;
CREATE TRIGGER incident_no_delete BEFORE DELETE ON incident
BEGIN SELECT RAISE(ABORT, 'incident is kept'); END;
CREATE TRIGGER incident_same BEFORE UPDATE ON incident
WHEN (NEW.id, NEW.key, NEW.check_id, NEW.device, NEW.fault)
    IS NOT (OLD.id, OLD.key, OLD.check_id, OLD.device, OLD.fault)
BEGIN SELECT RAISE(ABORT, 'an incident keeps its fault'); END;

CREATE TRIGGER incident_event_is_in_the_journal BEFORE INSERT ON incident_event
WHEN NOT EXISTS (SELECT 1 FROM event WHERE seq = NEW.seq AND kind = 'incident.' || NEW.kind
    AND instr(body, '"incident":"' || NEW.incident || '"') > 0)
BEGIN SELECT RAISE(ABORT, 'no such event of this incident'); END;
CREATE TRIGGER incident_event_no_update BEFORE UPDATE ON incident_event
BEGIN SELECT RAISE(ABORT, 'incident_event is append-only'); END;
CREATE TRIGGER incident_event_no_delete BEFORE DELETE ON incident_event
BEGIN SELECT RAISE(ABORT, 'incident_event is append-only'); END;

CREATE TRIGGER incident_close_needs_retested BEFORE UPDATE ON incident
WHEN NEW.standing = 'closed' AND OLD.standing <> 'closed' AND NOT EXISTS (
    SELECT 1 FROM incident_event WHERE incident = NEW.id AND kind = 'retested'
    AND seq > (SELECT coalesce(max(seq), 0) FROM incident_event WHERE incident = NEW.id
        AND kind IN ('detected', 'reopened', 'recovered', 'fixed', 'retest_failed')))
BEGIN SELECT RAISE(ABORT, 'closing needs: retested'); END;
CREATE TRIGGER incident_close_needs_reported BEFORE UPDATE ON incident
WHEN NEW.standing = 'closed' AND OLD.standing <> 'closed'
AND EXISTS (SELECT 1 FROM incident_event WHERE incident = NEW.id AND kind = 'retested')
AND NOT EXISTS (
    SELECT 1 FROM incident_event WHERE incident = NEW.id AND kind = 'reported'
    AND seq > (SELECT coalesce(max(seq), 0) FROM incident_event WHERE incident = NEW.id AND kind = 'retested'))
BEGIN SELECT RAISE(ABORT, 'closing needs: reported'); END;
CREATE TRIGGER incident_cancel_needs_reason BEFORE UPDATE ON incident
WHEN NEW.standing = 'cancelled' AND OLD.standing <> 'cancelled' AND NOT EXISTS (
    SELECT 1 FROM incident_event WHERE incident = NEW.id AND kind = 'cancelled')
BEGIN SELECT RAISE(ABORT, 'cancelling needs: cancelled'); END;

CREATE TRIGGER incident_report_no_delete BEFORE DELETE ON incident_report
BEGIN SELECT RAISE(ABORT, 'incident_report is kept'); END;
CREATE TRIGGER incident_report_same BEFORE UPDATE ON incident_report
WHEN (NEW.number, NEW.incident, NEW.made_utc, NEW.html) IS NOT (OLD.number, OLD.incident, OLD.made_utc, OLD.html)
    OR OLD.pdf IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a report is not changed'); END;
