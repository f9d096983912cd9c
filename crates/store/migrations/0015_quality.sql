-- Complaints of a number's calls, and what its business was told of them.

ALTER TABLE numbers ADD COLUMN quality TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(quality));
