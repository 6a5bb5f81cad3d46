DELETE FROM task_status_history WHERE source = 'backfill';
