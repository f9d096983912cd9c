-- What else is told of objects, and what hangs on it.

ALTER TABLE portfolios ADD COLUMN verified INTEGER NOT NULL DEFAULT 0 CHECK (verified IN (0, 1));
ALTER TABLE wabas ADD COLUMN timezone_id TEXT;
ALTER TABLE wabas ADD COLUMN country TEXT;              -- ISO 3166-1 alpha-2
ALTER TABLE apps ADD COLUMN graph_version TEXT;         -- v25.0
