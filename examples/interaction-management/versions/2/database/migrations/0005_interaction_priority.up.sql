-- Version 1 goes on working: it neither reads nor writes this column, and rows it adds take the default.
ALTER TABLE interactions
  ADD COLUMN priority text NOT NULL DEFAULT 'normal'
    CONSTRAINT interactions_priority_known CHECK (priority IN ('low', 'normal', 'high'));

-- Open contract and money matters are what priorities were asked for.
UPDATE interactions SET priority = 'high'
WHERE status <> 'done' AND (title || ' ' || notes) ~* '\m(renewal|quote|customs|contract|strike|recall)\M';

UPDATE interactions SET priority = 'low' WHERE type = 'note';
