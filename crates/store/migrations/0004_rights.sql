-- Whom an invitation is for, and users that are removed with all that is theirs.

-- A code that was used before is for who used it; one that was not lets in whoever brings it, as it was made to.
ALTER TABLE invitations ADD COLUMN number TEXT;                                     -- digits without +; its user, or a new one
ALTER TABLE invitations ADD COLUMN user TEXT REFERENCES users (id);                 -- this user; number and user NULL = any new number
CREATE INDEX invitations_by_guest ON invitations (user) WHERE user IS NOT NULL;
CREATE INDEX invitations_by_end ON invitations (expires_at_ms, code_hash);

ALTER TABLE sessions ADD COLUMN opened_at_ms INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET opened_at_ms = expires_at_ms - 2592000000;                      -- all lived for 30 days
DROP INDEX sessions_by_user;
CREATE INDEX sessions_by_user ON sessions (user, opened_at_ms, cookie_hash);

-- Messages are found by chat, so the numbers are gone through.
CREATE TRIGGER users_leave BEFORE DELETE ON users BEGIN
    DELETE FROM sessions WHERE user = old.id;
    DELETE FROM invitations WHERE used_by = old.id OR user = old.id;
    DELETE FROM messages WHERE number IN (SELECT id FROM numbers) AND user = old.id;
    DELETE FROM pairs WHERE user = old.id;
END;
