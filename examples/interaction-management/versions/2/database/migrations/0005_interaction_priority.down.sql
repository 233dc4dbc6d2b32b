ALTER TABLE interactions DROP COLUMN priority;
