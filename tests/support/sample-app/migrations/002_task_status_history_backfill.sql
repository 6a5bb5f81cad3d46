-- The tasks that are older than the history begin it with the status they have now.
-- Tasks that the trigger has seen meanwhile are left alone, so running it again adds nothing.

INSERT INTO task_status_history (task_id, old_status, new_status, source, "timestamp")
SELECT t.id, NULL, t.status, 'backfill', t."updatedAt" AT TIME ZONE 'UTC'
FROM tasks t
WHERE NOT EXISTS (SELECT FROM task_status_history h WHERE h.task_id = t.id);
