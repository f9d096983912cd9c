-- The call log goes by the order in which calls were placed (rowid), not by a calendar that an operator may have moved.

DROP INDEX calls_by_time;
DROP INDEX calls_by_number;
DROP INDEX calls_by_user;
CREATE INDEX calls_by_number ON calls (number);
CREATE INDEX calls_by_user ON calls (user);
