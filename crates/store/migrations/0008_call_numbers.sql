-- What a running call writes stands together in the file.
--
-- Calls, entries of the journal and webhooks were found by the id of their call: some hundred characters that begin with the user's number, so that the
-- calls of one second lay all over the indexes, and a group of commits wrote some seventy pages, of which sixty were indexes. Ids are numbered as
-- they come up, and everything of a call goes by the number. The report of the media plane, most of a call's bytes, has a table of its own: a
-- call is written four times, its report once.

-- Ids of calls, those that no call has included: a business may ask for anything. One goes when nothing names it any more.
CREATE TABLE call_ids (
    no INTEGER PRIMARY KEY,                                             -- of calls: in the order of placing; the highest is never removed
    id TEXT NOT NULL UNIQUE                                             -- wacid.…
) STRICT;
INSERT INTO call_ids SELECT rowid, id FROM calls ORDER BY rowid;
INSERT INTO call_ids (id) SELECT call FROM deliveries WHERE call IS NOT NULL ON CONFLICT (id) DO NOTHING;
INSERT INTO call_ids (id) SELECT call FROM journal WHERE call IS NOT NULL ON CONFLICT (id) DO NOTHING;

CREATE TABLE call_log (
    no               INTEGER PRIMARY KEY,
    direction        TEXT NOT NULL CHECK (direction IN ('USER_INITIATED', 'BUSINESS_INITIATED')),
    number           TEXT NOT NULL,
    waba             TEXT NOT NULL,
    user             TEXT NOT NULL,
    device           TEXT,                                              -- NULL while nobody picked up; calls of earlier versions have none
    placed_at_ms     INTEGER NOT NULL,
    stage            TEXT NOT NULL CHECK (stage IN ('calling', 'ringing', 'active', 'ended')),
    accepted_at_ms   INTEGER,                                           -- while active; afterwards talk_… says it
    ended_at_ms      INTEGER,
    end_reason       TEXT,
    talk_since_ms    INTEGER,                                           -- NULL when it was not picked up
    talk_until_ms    INTEGER,
    cta_payload      TEXT,
    deeplink_payload TEXT,
    opaque           TEXT,                                              -- biz_opaque_callback_data
    codecs           TEXT NOT NULL CHECK (json_valid(codecs)),          -- beside Opus
    owner            INTEGER NOT NULL,                                  -- the process that carries it on; 0 = of an earlier version
    holds_user       INTEGER NOT NULL CHECK (holds_user IN (0, 1)),
    start_no         INTEGER,                                           -- a business's calls of one number, counted by the calendar
    version          INTEGER NOT NULL,
    CHECK ((stage = 'active') = (accepted_at_ms IS NOT NULL)),
    CHECK ((stage = 'ended') = (ended_at_ms IS NOT NULL)),
    CHECK ((stage = 'ended') = (end_reason IS NOT NULL)),
    CHECK ((talk_since_ms IS NULL) = (talk_until_ms IS NULL)),
    CHECK (talk_since_ms IS NULL OR stage = 'ended')
) STRICT;
INSERT INTO call_log
    SELECT rowid, direction, number, waba, user, device, placed_at_ms, stage, accepted_at_ms, ended_at_ms, end_reason, talk_since_ms,
        talk_until_ms, cta_payload, deeplink_payload, opaque, codecs, owner, holds_user, start_no, version
    FROM calls;

CREATE TABLE media_reports (
    call   INTEGER PRIMARY KEY REFERENCES call_log (no) ON DELETE CASCADE,
    report TEXT NOT NULL CHECK (json_valid(report))                     -- last report of the media plane
) STRICT;
INSERT INTO media_reports SELECT rowid, media FROM calls WHERE media IS NOT NULL;

DROP TABLE calls;                                                       -- with its indexes and triggers
ALTER TABLE call_log RENAME TO calls;

CREATE INDEX calls_live ON calls (placed_at_ms) WHERE stage <> 'ended';
CREATE INDEX calls_by_number ON calls (number);
CREATE INDEX calls_by_user ON calls (user);
CREATE INDEX calls_by_business ON calls (number, placed_at_ms) WHERE direction = 'BUSINESS_INITIATED';
CREATE UNIQUE INDEX calls_holding ON calls (user) WHERE holds_user = 1 AND stage <> 'ended';
CREATE INDEX calls_by_start ON calls (number, start_no) WHERE start_no IS NOT NULL;
CREATE INDEX calls_over ON calls (ended_at_ms) WHERE stage = 'ended';

-- As before: see 0006.
CREATE TRIGGER calls_start AFTER INSERT ON calls
    WHEN new.direction = 'BUSINESS_INITIATED' AND NOT EXISTS (
        SELECT 1 FROM calls WHERE number = new.number AND direction = 'BUSINESS_INITIATED' AND placed_at_ms > new.placed_at_ms
    ) BEGIN
    UPDATE calls SET start_no = 1 + ifnull((SELECT max(start_no) FROM calls WHERE number = new.number AND start_no IS NOT NULL), 0)
        WHERE no = new.no;
END;
CREATE TRIGGER calls_start_before_others AFTER INSERT ON calls
    WHEN new.direction = 'BUSINESS_INITIATED' AND EXISTS (
        SELECT 1 FROM calls WHERE number = new.number AND direction = 'BUSINESS_INITIATED' AND placed_at_ms > new.placed_at_ms
    ) BEGIN
    UPDATE calls SET start_no = start_no + 1
        WHERE number = new.number AND direction = 'BUSINESS_INITIATED' AND placed_at_ms > new.placed_at_ms;
    UPDATE calls SET start_no = (
            SELECT min(start_no) FROM calls
            WHERE number = new.number AND direction = 'BUSINESS_INITIATED' AND placed_at_ms > new.placed_at_ms
        ) - 1 WHERE no = new.no;
END;
CREATE TRIGGER calls_begin AFTER INSERT ON calls WHEN new.stage <> 'ended' BEGIN
    INSERT INTO live_calls VALUES (new.number, 1) ON CONFLICT (number) DO UPDATE SET live = live + 1;
END;
CREATE TRIGGER calls_go_on AFTER UPDATE OF stage, number ON calls
    WHEN new.stage <> 'ended' AND (old.stage = 'ended' OR old.number <> new.number) BEGIN
    INSERT INTO live_calls VALUES (new.number, 1) ON CONFLICT (number) DO UPDATE SET live = live + 1;
END;
CREATE TRIGGER calls_end AFTER UPDATE OF stage, number ON calls
    WHEN old.stage <> 'ended' AND (new.stage = 'ended' OR old.number <> new.number) BEGIN
    UPDATE live_calls SET live = live - 1 WHERE number = old.number;
END;
CREATE TRIGGER calls_leave AFTER DELETE ON calls WHEN old.stage <> 'ended' BEGIN
    UPDATE live_calls SET live = live - 1 WHERE number = old.number;
END;

DROP INDEX deliveries_by_call;
DROP INDEX deliveries_by_message;
ALTER TABLE deliveries ADD COLUMN call_no INTEGER;
UPDATE deliveries SET call_no = (SELECT no FROM call_ids WHERE id = call) WHERE call IS NOT NULL;
ALTER TABLE deliveries DROP COLUMN call;
CREATE INDEX deliveries_by_call ON deliveries (call_no) WHERE call_no IS NOT NULL;
CREATE INDEX deliveries_by_message ON deliveries (message) WHERE message IS NOT NULL AND call_no IS NULL;

-- Entries stand in the order of time as they are; who follows a number, a user, an app or a kind reads on from where he was.
DROP INDEX journal_by_time;
DROP INDEX journal_by_kind;
DROP INDEX journal_by_number;
DROP INDEX journal_by_user;
DROP INDEX journal_by_app;
DROP INDEX journal_by_call;
ALTER TABLE journal ADD COLUMN call_no INTEGER;
UPDATE journal SET call_no = (SELECT no FROM call_ids WHERE id = call) WHERE call IS NOT NULL;
ALTER TABLE journal DROP COLUMN call;
CREATE INDEX journal_by_call ON journal (call_no) WHERE call_no IS NOT NULL;
