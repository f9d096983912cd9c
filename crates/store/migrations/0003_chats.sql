-- The business's half: permission to call, chats, templates, and what devices people hold.
--
-- Pairs and templates are objects: they name their owners by foreign keys. Messages are history: they outlive whom they name.
-- Texts of messages are in the clear, like the webhooks that carry them.

ALTER TABLE numbers ADD COLUMN allowed_recipients TEXT CHECK (allowed_recipients IS NULL OR json_valid(allowed_recipients)); -- ["62812…", …]; NULL = everybody
ALTER TABLE numbers ADD COLUMN restrictions TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(restrictions)); -- [{"direction":"USER_INITIATED","until_ms":…}, …]
ALTER TABLE users ADD COLUMN outdated_app INTEGER NOT NULL DEFAULT 0 CHECK (outdated_app IN (0, 1));
ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT 'phone';   -- phone, companion, web, desktop
ALTER TABLE calls ADD COLUMN device TEXT;                               -- NULL while nobody picked up; calls of earlier versions have none
ALTER TABLE deliveries ADD COLUMN message TEXT;                         -- wamid.…

-- Starts of one number within a day, counted from the index alone.
CREATE INDEX calls_by_business ON calls (number, placed_at_ms) WHERE direction = 'BUSINESS_INITIATED';

CREATE TABLE pairs (
    number               TEXT NOT NULL REFERENCES numbers (id),
    user                 TEXT NOT NULL REFERENCES users (id),
    permission           TEXT NOT NULL CHECK (permission IN ('no_permission', 'temporary', 'permanent')), -- as last decided: may have run out
    permission_until_ms  INTEGER,
    unanswered           INTEGER NOT NULL CHECK (unanswered >= 0),      -- business-initiated calls in a row
    requests             TEXT NOT NULL CHECK (json_valid(requests)),    -- moments, [ms, …]
    connected            TEXT NOT NULL CHECK (json_valid(connected)),   -- moments, [ms, …]
    heard_at_ms          INTEGER,                                       -- the customer service window is open for 24 h from here
    card_message         TEXT,                                          -- the permission request that can be answered
    card_delivered_at_ms INTEGER,
    card_answer          TEXT,                                          -- allow, allow_temporarily, deny
    card_answered_at_ms  INTEGER,
    PRIMARY KEY (number, user),
    CHECK ((permission = 'temporary') = (permission_until_ms IS NOT NULL)),
    CHECK ((card_message IS NULL) = (card_delivered_at_ms IS NULL)),
    CHECK ((card_answer IS NULL) = (card_answered_at_ms IS NULL)),
    CHECK (card_answer IS NULL OR card_message IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX pairs_by_user ON pairs (user, number);

CREATE TABLE messages (
    line       INTEGER PRIMARY KEY,                                     -- order of writing; a message that changes keeps it
    id         TEXT NOT NULL UNIQUE,                                    -- wamid.…
    number     TEXT NOT NULL,
    waba       TEXT NOT NULL,
    user       TEXT NOT NULL,
    at_ms      INTEGER NOT NULL,
    context    TEXT,                                                    -- the message or call that it answers
    author     TEXT NOT NULL CHECK (author IN ('business', 'user', 'system')),
    content    TEXT NOT NULL CHECK (json_valid(content)),               -- what was written or tapped; its shape goes by the author
    tariff     TEXT,                                                    -- service, utility, marketing, authentication
    in_window  INTEGER CHECK (in_window IN (0, 1)),
    progress   TEXT CHECK (progress IN ('sent', 'delivered', 'read', 'failed')),
    error_code INTEGER,                                                 -- published code, when it failed
    opaque     TEXT,                                                    -- biz_opaque_callback_data
    CHECK ((author = 'business') = (tariff IS NOT NULL)),
    CHECK ((author = 'business') = (in_window IS NOT NULL)),
    CHECK ((author = 'business') = (progress IS NOT NULL)),
    CHECK ((progress IS 'failed') = (error_code IS NOT NULL)),
    CHECK (opaque IS NULL OR author = 'business')
) STRICT;
CREATE INDEX messages_by_chat ON messages (number, user);
CREATE INDEX messages_unread ON messages (number, user) WHERE progress IN ('sent', 'delivered');

CREATE TABLE templates (
    id               TEXT PRIMARY KEY,
    waba             TEXT NOT NULL REFERENCES wabas (id),
    name             TEXT NOT NULL,
    language         TEXT NOT NULL,
    category         TEXT NOT NULL,                                     -- MARKETING, UTILITY, AUTHENTICATION
    status           TEXT NOT NULL,                                     -- APPROVED, …
    named_parameters INTEGER NOT NULL CHECK (named_parameters IN (0, 1)),
    components       TEXT NOT NULL,                                     -- JSON, byte by byte as it was sent
    created_at_ms    INTEGER NOT NULL,
    UNIQUE (waba, name, language)
) STRICT, WITHOUT ROWID;
