-- SIP servers of business numbers, one for each app, and the line by which a call went to its business.
CREATE TABLE sip_servers (
    number TEXT NOT NULL REFERENCES numbers (id) ON DELETE CASCADE,
    app TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    hostname TEXT NOT NULL,
    port INTEGER NOT NULL,
    -- Pairs of key and value, as JSON, in the order given.
    user_params TEXT NOT NULL,
    sealed_password BLOB NOT NULL,
    configured_at_ms INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (number, app)
) STRICT, WITHOUT ROWID;
-- A server goes with its app, too.
CREATE INDEX sip_servers_by_app ON sip_servers (app);

-- The app whose SIP server had the call; NULL: it went by webhooks and the Graph API.
ALTER TABLE calls ADD COLUMN sip_app TEXT;
-- Where the keys of the business leg come from.
ALTER TABLE calls ADD COLUMN keys TEXT NOT NULL DEFAULT 'DTLS';
-- A call by SIP is told by webhooks too.
ALTER TABLE calls ADD COLUMN sip_webhooks INTEGER NOT NULL DEFAULT 0;
