DROP TRIGGER tasks_status_changed ON tasks;
DROP TRIGGER tasks_status_inserted ON tasks;
DROP FUNCTION record_task_status_change();
DROP TABLE task_status_history;
