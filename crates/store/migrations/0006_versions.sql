-- What decides races: versions of rows, who lives, what was committed, and counts that many share.

-- Of the commit that wrote the row. Rows of earlier versions are of none.
ALTER TABLE portfolios      ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE wabas           ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE numbers         ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE apps            ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE subscriptions   ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE phone_overrides ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE tokens          ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE users           ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE sessions        ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE invitations     ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE pairs           ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE messages        ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE templates       ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE calls           ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- Processes that live. One that was ended has no row, and its id is never used again.
CREATE TABLE nodes (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    beat INTEGER NOT NULL DEFAULT 0                                     -- grows while it lives
) STRICT;

-- The latest commits, so that one that is sent again is known.
CREATE TABLE commits (
    id     INTEGER PRIMARY KEY,
    queued TEXT CHECK (queued IS NULL OR json_valid(queued))            -- [[delivery, worker, after], …]; NULL = no webhooks
) STRICT;

ALTER TABLE calls ADD COLUMN owner INTEGER NOT NULL DEFAULT 0;          -- the process that carries it on; 0 = of an earlier version
ALTER TABLE calls ADD COLUMN holds_user INTEGER NOT NULL DEFAULT 0 CHECK (holds_user IN (0, 1));
ALTER TABLE calls ADD COLUMN start_no INTEGER;                          -- a business's calls of one number, counted by the calendar
CREATE UNIQUE INDEX calls_holding ON calls (user) WHERE holds_user = 1 AND stage <> 'ended';
CREATE INDEX calls_by_start ON calls (number, start_no) WHERE start_no IS NOT NULL;
CREATE INDEX calls_over ON calls (ended_at_ms) WHERE stage = 'ended';

-- So many starts back is one look at one row, because they are counted in the order of the calendar: one that was moved back moves the
-- counts of what it calls later.
UPDATE calls SET start_no = counted.start_no
    FROM (SELECT id, row_number() OVER (PARTITION BY number ORDER BY placed_at_ms, rowid) AS start_no
          FROM calls WHERE direction = 'BUSINESS_INITIATED') AS counted
    WHERE calls.id = counted.id;
CREATE TRIGGER calls_start AFTER INSERT ON calls
    WHEN new.direction = 'BUSINESS_INITIATED' AND NOT EXISTS (
        SELECT 1 FROM calls WHERE number = new.number AND direction = 'BUSINESS_INITIATED' AND placed_at_ms > new.placed_at_ms
    ) BEGIN
    UPDATE calls SET start_no = 1 + ifnull((SELECT max(start_no) FROM calls WHERE number = new.number AND start_no IS NOT NULL), 0)
        WHERE rowid = new.rowid;
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
        ) - 1 WHERE rowid = new.rowid;
END;

-- Live calls of each number that ever had one.
CREATE TABLE live_calls (
    number TEXT PRIMARY KEY,
    live   INTEGER NOT NULL CHECK (live >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO live_calls SELECT number, count(*) FROM calls WHERE stage <> 'ended' GROUP BY number;
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

ALTER TABLE deliveries ADD COLUMN worker INTEGER NOT NULL DEFAULT 0;    -- the process that sends it; 0 = of an earlier version
CREATE INDEX deliveries_by_message ON deliveries (message) WHERE message IS NOT NULL AND call IS NULL;
CREATE INDEX deliveries_settled ON deliveries (state_at_ms) WHERE state <> 'pending';
CREATE INDEX messages_by_time ON messages (at_ms);
CREATE INDEX sessions_by_end ON sessions (expires_at_ms);

-- Who is behind the id that a portfolio knows a user by. Filled by the program, which knows how ids are made.
CREATE TABLE bsuids (
    portfolio TEXT NOT NULL REFERENCES portfolios (id) ON DELETE CASCADE,
    bsuid     TEXT NOT NULL,
    user      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (portfolio, bsuid)
) STRICT, WITHOUT ROWID;
CREATE INDEX bsuids_by_user ON bsuids (user);
