-- How businesses come onto the platform: numbers that are verified and registered, sign-up, solutions, credit lines.

-- {"verification", "registration", …}; NULL: verified and registered by the operator, as all were before.
ALTER TABLE numbers ADD COLUMN onboarding TEXT CHECK (onboarding IS NULL OR json_valid(onboarding));

-- Small rows of many kinds, sealed whole: codes and PINs are in them.
CREATE TABLE enrolments (
    kind       TEXT NOT NULL,                                           -- registration, sign_up, solution, …
    id         TEXT NOT NULL,
    owner      TEXT NOT NULL,                                           -- under whom it is listed
    sealed     BLOB NOT NULL,
    ends_at_ms INTEGER,                                                 -- NULL: it stays
    version    INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX enrolments_by_owner ON enrolments (kind, owner, id);
CREATE INDEX enrolments_by_end ON enrolments (ends_at_ms) WHERE ends_at_ms IS NOT NULL;
