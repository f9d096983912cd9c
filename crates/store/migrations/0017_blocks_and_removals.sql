-- Users who block businesses and take other numbers, and objects that are removed with all that is said about them.

ALTER TABLE pairs ADD COLUMN blocked_since_ms INTEGER;                              -- NULL: the user does not block the business
ALTER TABLE users ADD COLUMN numbers_before INTEGER NOT NULL DEFAULT 0 CHECK (numbers_before >= 0); -- each was another id to every portfolio

-- What stands in the way of a portfolio that is to go.
CREATE INDEX apps_by_business ON apps (business) WHERE business IS NOT NULL;
CREATE INDEX number_accounts_by_partner ON number_accounts (partner) WHERE partner IS NOT NULL;

-- With an app goes what it may do and where it is told, with an account what was made in it, with a number what was said on it.
CREATE TRIGGER apps_leave BEFORE DELETE ON apps BEGIN
    DELETE FROM tokens WHERE app = old.id;
    DELETE FROM grants WHERE app = old.id;
    DELETE FROM subscriptions WHERE app = old.id;
    DELETE FROM phone_overrides WHERE app = old.id;
END;
CREATE TRIGGER wabas_leave BEFORE DELETE ON wabas BEGIN
    DELETE FROM grants WHERE waba = old.id;
    DELETE FROM subscriptions WHERE waba = old.id;
    DELETE FROM templates WHERE waba = old.id;
END;
CREATE TRIGGER numbers_leave BEFORE DELETE ON numbers BEGIN
    DELETE FROM phone_overrides WHERE number = old.id;
    DELETE FROM number_accounts WHERE number = old.id;
    DELETE FROM pairs WHERE number = old.id;
    DELETE FROM threads WHERE number = old.id;
    DELETE FROM messages WHERE number = old.id;
END;
