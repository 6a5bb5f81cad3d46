-- Tasks get a due date, and titles get short enough for the new board.

ALTER TABLE tasks ADD COLUMN "dueAt" timestamp(3);

UPDATE tasks SET "dueAt" = "createdAt" + interval '14 days' WHERE status NOT IN ('done', 'cancelled');

CREATE INDEX "tasks_dueAt_idx" ON tasks ("dueAt") WHERE "dueAt" IS NOT NULL;

-- Nobody writes titles longer than a line.
ALTER TABLE tasks ADD CONSTRAINT tasks_title_length CHECK (char_length(title) <= 80);

COMMENT ON COLUMN tasks."dueAt" IS 'When the task should be finished, UTC';
