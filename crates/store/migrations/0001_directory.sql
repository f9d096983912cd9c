-- Who is who: platform objects, apps and their tokens, people.
--
-- Times are milliseconds since 1970-01-01T00:00:00Z: datetime(expires_at_ms / 1000, 'unixepoch') reads them.
-- Columns named sealed_… are AES-256-GCM under the operator's key: nonce (12 bytes), ciphertext, tag (16 bytes).
-- Columns named …_hash are SHA-256 of a secret that is kept nowhere.
-- An object names its owner by a foreign key.

-- One row: proves at start that the key is the one that the file was made with.
CREATE TABLE key_check (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    sealed_proof BLOB NOT NULL
) STRICT;

CREATE TABLE portfolios (
    id   TEXT PRIMARY KEY,
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE wabas (
    id             TEXT PRIMARY KEY,
    portfolio      TEXT NOT NULL REFERENCES portfolios (id),
    name           TEXT NOT NULL,
    currency       TEXT NOT NULL,                                       -- ISO 4217
    timezone       TEXT NOT NULL,                                       -- IANA
    payment_method INTEGER NOT NULL CHECK (payment_method IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX wabas_by_portfolio ON wabas (portfolio);

CREATE TABLE numbers (
    id              TEXT PRIMARY KEY,
    waba            TEXT NOT NULL REFERENCES wabas (id),
    number          TEXT NOT NULL UNIQUE,                               -- digits without +
    name            TEXT NOT NULL,
    account_mode    TEXT NOT NULL CHECK (account_mode IN ('LIVE', 'SANDBOX')),
    messaging_limit TEXT NOT NULL,                                      -- TIER_…
    settings        TEXT NOT NULL CHECK (json_valid(settings))          -- calling settings in published words; an absent one was never set
) STRICT, WITHOUT ROWID;
CREATE INDEX numbers_by_waba ON numbers (waba);

CREATE TABLE apps (
    id                  TEXT PRIMARY KEY,
    name                TEXT NOT NULL,
    sealed_secret       BLOB NOT NULL,
    callback_url        TEXT,
    sealed_verify_token BLOB,
    fields              TEXT NOT NULL CHECK (json_valid(fields)),       -- ["calls", …]
    CHECK ((callback_url IS NULL) = (sealed_verify_token IS NULL))
) STRICT, WITHOUT ROWID;

-- An app's subscription to a WABA, with the override of its callback for that WABA.
CREATE TABLE subscriptions (
    waba                TEXT NOT NULL REFERENCES wabas (id),
    app                 TEXT NOT NULL REFERENCES apps (id),
    callback_url        TEXT,
    sealed_verify_token BLOB,
    PRIMARY KEY (waba, app),
    CHECK ((callback_url IS NULL) = (sealed_verify_token IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX subscriptions_by_app ON subscriptions (app);

-- An app's callback for one number.
CREATE TABLE phone_overrides (
    app                 TEXT NOT NULL REFERENCES apps (id),
    number              TEXT NOT NULL REFERENCES numbers (id),
    callback_url        TEXT NOT NULL,
    sealed_verify_token BLOB NOT NULL,
    PRIMARY KEY (app, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX phone_overrides_by_number ON phone_overrides (number);

CREATE TABLE tokens (
    token_hash    BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
    app           TEXT NOT NULL REFERENCES apps (id),
    scopes        TEXT NOT NULL CHECK (json_valid(scopes)),             -- ["whatsapp_business_messaging", …]
    wabas         TEXT CHECK (wabas IS NULL OR json_valid(wabas)),      -- ["2001", …]; NULL = not limited to some
    issued_at_ms  INTEGER NOT NULL,
    expires_at_ms INTEGER                                               -- NULL = never
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_by_app ON tokens (app, issued_at_ms);

CREATE TABLE users (
    id       TEXT PRIMARY KEY,
    number   TEXT NOT NULL UNIQUE,                                      -- digits without +
    name     TEXT NOT NULL,
    username TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    cookie_hash   BLOB PRIMARY KEY CHECK (length(cookie_hash) = 32),
    user          TEXT NOT NULL REFERENCES users (id),
    expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user);

CREATE TABLE invitations (
    code_hash     BLOB PRIMARY KEY CHECK (length(code_hash) = 32),
    expires_at_ms INTEGER NOT NULL,
    used_by       TEXT REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_by_user ON invitations (used_by) WHERE used_by IS NOT NULL;
