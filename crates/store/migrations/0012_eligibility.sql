-- What else must hold before a number calls and is called.

ALTER TABLE numbers ADD COLUMN in_use_with TEXT NOT NULL DEFAULT 'CLOUD_API';       -- CLOUD_API, COEXISTENCE, BUSINESS_APP
ALTER TABLE apps ADD COLUMN tech_partner INTEGER NOT NULL DEFAULT 1 CHECK (tech_partner IN (0, 1));
