-- Several operators on one number: further accounts of a number, who does what for it, and whose its threads are.

ALTER TABLE apps ADD COLUMN business TEXT;                             -- the portfolio that owns the app; NULL: nobody said

-- Beside the account in numbers.waba, which owns the number.
CREATE TABLE number_accounts (
    number  TEXT NOT NULL REFERENCES numbers (id),
    waba    TEXT NOT NULL REFERENCES wabas (id),
    partner TEXT REFERENCES portfolios (id),                            -- for whom the account was made
    version INTEGER NOT NULL,
    PRIMARY KEY (number, waba)
) STRICT, WITHOUT ROWID;
CREATE INDEX number_accounts_by_waba ON number_accounts (waba, number);

CREATE TABLE routings (
    reach    TEXT NOT NULL CHECK (reach IN ('portfolio', 'number')),
    id       TEXT NOT NULL,                                             -- of the portfolio or the number that it holds for
    roles    TEXT NOT NULL CHECK (json_valid(roles)),                   -- {"calls":"<portfolio>", …}
    standby  TEXT NOT NULL CHECK (json_valid(standby)),                 -- ["<portfolio>", …]
    terms    INTEGER NOT NULL CHECK (terms IN (0, 1)),
    version  INTEGER NOT NULL,
    PRIMARY KEY (reach, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE threads (
    number   TEXT NOT NULL REFERENCES numbers (id),
    user     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    owner    TEXT NOT NULL,                                             -- a portfolio
    role     TEXT NOT NULL,
    until_ms INTEGER NOT NULL,                                          -- nobody's from then on
    version  INTEGER NOT NULL,
    PRIMARY KEY (number, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX threads_by_user ON threads (user, number);
