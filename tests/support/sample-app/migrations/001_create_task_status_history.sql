-- Every change of a task's status, written by a trigger, so that no writer can forget it.

CREATE TABLE task_status_history (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id     uuid NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    old_status  "TaskStatus",
    new_status  "TaskStatus" NOT NULL,
    changed_by  uuid REFERENCES users (id) ON DELETE SET NULL,
    source      text NOT NULL DEFAULT 'trigger' CHECK (source IN ('trigger', 'backfill')),
    "timestamp" timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX task_status_history_task_id_timestamp_idx
    ON task_status_history (task_id, "timestamp" DESC);
CREATE INDEX task_status_history_changed_by_idx
    ON task_status_history (changed_by) WHERE changed_by IS NOT NULL;

-- The application says who acts by set_config('app.user_id', …, true); psql and jobs leave it out.
CREATE FUNCTION record_task_status_change() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    actor uuid := nullif(current_setting('app.user_id', true), '')::uuid;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO task_status_history (task_id, old_status, new_status, changed_by)
        VALUES (NEW.id, NULL, NEW.status, actor);
    ELSE
        INSERT INTO task_status_history (task_id, old_status, new_status, changed_by)
        VALUES (NEW.id, OLD.status, NEW.status, actor);
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER tasks_status_inserted
    AFTER INSERT ON tasks
    FOR EACH ROW EXECUTE FUNCTION record_task_status_change();

CREATE TRIGGER tasks_status_changed
    AFTER UPDATE OF status ON tasks
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION record_task_status_change();

COMMENT ON TABLE task_status_history IS 'One row a status change of a task; the oldest row of a task is where it began.';
