-- Whether a message is free is decided when it is sent (platform docs, Pricing, since 2026-10-01), not told from the window that it was sent in.
ALTER TABLE messages RENAME COLUMN in_window TO free;
UPDATE messages SET free = 0 WHERE free = 1 AND (tariff NOT IN ('service', 'utility') OR progress = 'failed');
-- The free ones of a number since the beginning of a month.
CREATE INDEX messages_free ON messages (number, at_ms) WHERE tariff = 'service' AND free = 1;
