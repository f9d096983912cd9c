-- The journal: everything that happened, in the order of writing. What earlier versions kept of calls and of webhooks becomes part of it.

CREATE TABLE journal (
    seq      INTEGER PRIMARY KEY,                                       -- the highest row is never removed, so that none is used twice
    at_ms    INTEGER NOT NULL,
    kind     TEXT NOT NULL,                                             -- user, api, webhook, media, rule
    waba     TEXT,
    number   TEXT,
    user     TEXT,
    call     TEXT,
    message  TEXT,
    app      TEXT,
    delivery INTEGER,
    attempt  INTEGER,                                                   -- of a webhook: each is noted once
    fact     TEXT NOT NULL CHECK (json_valid(fact))
) STRICT;

-- A fixed sentence becomes what it says, everything else a line as it was.
INSERT INTO journal (at_ms, kind, waba, number, user, call, message, app, delivery, fact)
WITH
    sentences (text, fact) AS (VALUES
        ('a device of the user rings', '{"fact":"device_rings"}'),
        ('the user picked up on a phone device', '{"fact":"user_picked_up","device":"phone"}'),
        ('the user picked up on a companion device', '{"fact":"user_picked_up","device":"companion"}'),
        ('the user picked up on a web device', '{"fact":"user_picked_up","device":"web"}'),
        ('the user picked up on a desktop device', '{"fact":"user_picked_up","device":"desktop"}'),
        ('the user declined', '{"fact":"user_declined"}'),
        ('the user hung up', '{"fact":"user_hung_up"}'),
        ('the user pressed a key', '{"fact":"user_pressed_key"}'),
        ('the user''s phone came back with a new path', '{"fact":"user_rejoined"}'),
        ('the user is in another call: no device rings', '{"fact":"user_busy"}'),
        ('media path to the user is open (ICE and DTLS done)', '{"fact":"media_connected","side":"user"}'),
        ('media path to the business is open (ICE and DTLS done)', '{"fact":"media_connected","side":"business"}'),
        ('audio comes from the user', '{"fact":"media_flowing","side":"user"}'),
        ('audio comes from the business', '{"fact":"media_flowing","side":"business"}'),
        ('nothing comes from the user any more', '{"fact":"media_silent","side":"user"}'),
        ('nothing comes from the business any more', '{"fact":"media_silent","side":"business"}')
    ),
    endings (text, reason) AS (VALUES
        ('the user ended the call', 'user_hung_up'),
        ('the business ended the call', 'business_terminated'),
        ('the business declined the call', 'rejected'),
        ('nobody accepted the call in time', 'not_answered'),
        ('no audio came from the business after the call was accepted', 'no_business_media'),
        ('audio from the business stopped', 'business_went_silent'),
        ('audio from the user''s phone stopped', 'user_went_silent'),
        ('the user''s phone could not reach the media relay', 'user_never_connected'),
        ('the user declined the call', 'declined'),
        ('the user did not pick up', 'not_picked_up'),
        ('the user was in another call', 'user_busy'),
        ('the business did not connect its media in time', 'business_never_connected'),
        ('the platform restarted', 'platform_restarted'),
        ('the media relay failed', 'media_fault')
    ),
    lines AS (
        SELECT timeline.at_ms, timeline.kind, calls.waba, calls.number, calls.user, timeline.call, NULL AS message, NULL AS app,
            NULL AS delivery, 1 AS source, timeline.line,
            CASE
                WHEN sentences.fact IS NOT NULL THEN sentences.fact
                WHEN timeline.text = 'the user placed the call' AND calls.direction = 'USER_INITIATED' AND calls.device IS NOT NULL
                    THEN json_object('fact', 'user_placed_call', 'device', calls.device)
                WHEN endings.reason IS NOT NULL THEN json_object('fact', 'call_ended', 'reason', endings.reason,
                    'talked_ms', max(calls.talk_until_ms - calls.talk_since_ms, 0))
                WHEN timeline.kind = 'api' AND timeline.text IN ('connect from the business', 'pre_accept from the business',
                        'accept from the business', 'reject from the business', 'terminate from the business')
                    THEN json_object('fact', 'business_asked', 'action', replace(timeline.text, ' from the business', ''))
                ELSE json_object('fact', 'line', 'kind', timeline.kind, 'text', timeline.text)
            END AS fact
        FROM timeline
        LEFT JOIN calls ON calls.id = timeline.call
        LEFT JOIN sentences ON sentences.text = timeline.text
        LEFT JOIN endings ON endings.text = timeline.text AND timeline.kind = 'rule'
    ),
    tries AS (
        SELECT attempts.at_ms, 'webhook', deliveries.waba, deliveries.number, NULL, deliveries.call, deliveries.message, deliveries.app,
            attempts.delivery, 2, attempts.line,
            json_object('fact', 'webhook_attempted', 'event', ifnull(deliveries.event, ''), 'attempt', attempts.number,
                'url', attempts.url, 'status', attempts.status, 'error', attempts.error, 'took_ns', attempts.took_ns, 'given_up',
                json(iif(deliveries.state = 'dropped' AND deliveries.attempts = attempts.number, 'true', 'false')))
        FROM attempts
        LEFT JOIN deliveries ON deliveries.id = attempts.delivery
    )
SELECT at_ms, kind, waba, number, user, call, message, app, delivery, fact
FROM (SELECT * FROM lines UNION ALL SELECT * FROM tries)
ORDER BY at_ms, source, line;

DROP TABLE timeline;
DROP TABLE attempts;

CREATE INDEX journal_by_time ON journal (at_ms);
CREATE INDEX journal_by_kind ON journal (kind);
CREATE INDEX journal_by_number ON journal (number) WHERE number IS NOT NULL;
CREATE INDEX journal_by_user ON journal (user) WHERE user IS NOT NULL;
CREATE INDEX journal_by_call ON journal (call) WHERE call IS NOT NULL;
CREATE INDEX journal_by_app ON journal (app) WHERE app IS NOT NULL;
CREATE INDEX journal_by_delivery ON journal (delivery) WHERE delivery IS NOT NULL;
CREATE UNIQUE INDEX journal_attempts ON journal (delivery, attempt) WHERE attempt IS NOT NULL;
