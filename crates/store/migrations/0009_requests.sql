-- Entries say which request of the Graph API they are the entry of, and which HTTP status was given, so that readers can ask for refusals alone.

ALTER TABLE journal ADD COLUMN request TEXT CHECK (json_valid(request));
ALTER TABLE journal ADD COLUMN status INTEGER;

UPDATE journal SET status = json_extract(fact, '$.status') WHERE kind = 'webhook';
