-- What an app may do with an account, as a row of its own. Until now it was told with each token.

CREATE TABLE grants (
    waba    TEXT NOT NULL REFERENCES wabas (id),
    app     TEXT NOT NULL REFERENCES apps (id),
    scopes  TEXT NOT NULL CHECK (json_valid(scopes)),                   -- ["whatsapp_business_messaging", …]
    version INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (waba, app)
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_by_app ON grants (app);

-- What stands in the tokens was granted.
INSERT INTO grants (waba, app, scopes)
SELECT wabas.id, tokens.app, json_group_array(DISTINCT scope.value)
FROM tokens, json_each(tokens.wabas) AS reached, wabas, json_each(tokens.scopes) AS scope
WHERE tokens.wabas IS NOT NULL AND wabas.id = reached.value
GROUP BY wabas.id, tokens.app;

-- An app that is subscribed was told of everything, whatever its tokens allowed. Where none of them names the account, that stays so.
INSERT INTO grants (waba, app, scopes)
SELECT waba, app, '["whatsapp_business_messaging","whatsapp_business_management"]' FROM subscriptions WHERE true
ON CONFLICT (waba, app) DO NOTHING;
