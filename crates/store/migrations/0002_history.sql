-- What happened: calls, their timelines, and the outbox of webhooks.
--
-- These rows name objects without owning them or being owned (no foreign keys): history outlives its objects, and old rows
-- can be deleted in bulk, in any order. Whoever adds that keeps the highest row of deliveries, because ids are never reused.

CREATE TABLE calls (
    id               TEXT PRIMARY KEY,                                  -- wacid.…
    direction        TEXT NOT NULL CHECK (direction IN ('USER_INITIATED', 'BUSINESS_INITIATED')),
    number           TEXT NOT NULL,
    waba             TEXT NOT NULL,
    user             TEXT NOT NULL,
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
    media            TEXT CHECK (media IS NULL OR json_valid(media)),   -- last report of the media plane
    CHECK ((stage = 'active') = (accepted_at_ms IS NOT NULL)),
    CHECK ((stage = 'ended') = (ended_at_ms IS NOT NULL)),
    CHECK ((stage = 'ended') = (end_reason IS NOT NULL)),
    CHECK ((talk_since_ms IS NULL) = (talk_until_ms IS NULL)),
    CHECK (talk_since_ms IS NULL OR stage = 'ended')
) STRICT;
CREATE INDEX calls_live ON calls (placed_at_ms, id) WHERE stage <> 'ended';
CREATE INDEX calls_by_time ON calls (placed_at_ms, id);
CREATE INDEX calls_by_number ON calls (number, placed_at_ms, id);
CREATE INDEX calls_by_user ON calls (user, placed_at_ms, id);

CREATE TABLE timeline (
    line  INTEGER PRIMARY KEY,                                          -- order of writing
    call  TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    kind  TEXT NOT NULL,                                                -- user, api, webhook, media, rule
    text  TEXT NOT NULL
) STRICT;
CREATE INDEX timeline_by_call ON timeline (call);

-- The body comes last, so that listing what is pending does not read it.
CREATE TABLE deliveries (
    id            INTEGER PRIMARY KEY,
    app           TEXT NOT NULL,
    waba          TEXT NOT NULL,
    number        TEXT,
    field         TEXT NOT NULL,
    event         TEXT NOT NULL,
    call          TEXT,
    created_at_ms INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dropped')),
    state_at_ms   INTEGER NOT NULL,                                     -- next attempt, delivered, or dropped at
    attempts      INTEGER NOT NULL CHECK (attempts >= 0),
    body          BLOB NOT NULL
) STRICT;
CREATE INDEX deliveries_pending ON deliveries (id) WHERE state = 'pending';
CREATE INDEX deliveries_by_call ON deliveries (call) WHERE call IS NOT NULL;

CREATE TABLE attempts (
    line     INTEGER PRIMARY KEY,                                       -- order of writing
    delivery INTEGER NOT NULL,
    number   INTEGER NOT NULL,                                          -- 1 for the first
    at_ms    INTEGER NOT NULL,
    took_ns  INTEGER NOT NULL,
    url      TEXT NOT NULL,
    status   INTEGER,                                                   -- HTTP; NULL when nothing answered
    error    TEXT                                                       -- NULL when it was delivered
) STRICT;
CREATE INDEX attempts_by_delivery ON attempts (delivery);
