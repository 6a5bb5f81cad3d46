// Tasks, the history of their status, and the numbers of the dashboard.
import { Router } from 'express';
import { NOW, audit, isMissingObject } from '../db.mjs';
import { notFound } from '../errors.mjs';
import { isUuid, oneOf, validated } from '../validate.mjs';

const STATUSES = ['todo', 'in_progress', 'blocked', 'done', 'cancelled'];
const COLUMNS = 'id, title, status, "assigneeId", "createdAt", "updatedAt"';

const HISTORY = `
  SELECT old_status AS "oldStatus", new_status AS "newStatus", changed_by AS "changedBy", source, "timestamp"
  FROM task_status_history WHERE task_id = $1 ORDER BY "timestamp" DESC, id DESC LIMIT 50`;

export function tasksRoutes({ db }) {
  const find = async (id) => {
    const task = isUuid(id) && (await db.row(`SELECT ${COLUMNS} FROM tasks WHERE id = $1`, [id]));
    if (!task) throw notFound('the task');
    return task;
  };

  const mine = async (req, res) => {
    const sql = `SELECT ${COLUMNS} FROM tasks WHERE "assigneeId" = $1 ORDER BY "updatedAt" DESC, id LIMIT 50`;
    res.json({ tasks: await db.rows(sql, [req.user.id]) });
  };

  const update = async (req, res) => {
    const { status } = validated(req.body, { status: oneOf(STATUSES) }, ['status']);
    const { id } = await find(req.params.id);
    const task = await db.transaction(async (client) => {
      // Whom the trigger of task_status_history names.
      await client.query(`SELECT set_config('app.user_id', $1, true)`, [req.user.id]);
      const changed = await client.query(
        `UPDATE tasks SET status = $2, "updatedAt" = ${NOW} WHERE id = $1 RETURNING ${COLUMNS}`,
        [id, status],
      );
      await audit(client, req.user.id, 'task_changed', { task: id, status });
      return changed.rows[0];
    });
    res.json(task);
  };

  const history = async (req, res) => {
    const { id } = await find(req.params.id);
    res.json({ taskId: id, history: await db.rows(HISTORY, [id]) });
  };

  return Router()
    .get('/', mine)
    .get('/:id', async (req, res) => res.json(await find(req.params.id)))
    .patch('/:id', update)
    .get('/:id/history', history);
}

export function dashboardRoutes({ db }) {
  const countLinks = async () => {
    try {
      return (await db.row('SELECT count(*)::int AS links FROM profile_links')).links;
    } catch (error) {
      if (isMissingObject(error)) return null;
      throw error;
    }
  };

  const stats = async (req, res) => {
    const [people, byStatus, links] = await Promise.all([
      db.row(
        'SELECT (SELECT count(*)::int FROM users) AS users, (SELECT count(*)::int FROM profiles) AS profiles',
      ),
      db.rows(
        'SELECT status, count(*)::int AS count, (count(*) FILTER (WHERE "assigneeId" = $1))::int AS mine FROM tasks GROUP BY status',
        [req.user.id],
      ),
      countLinks(),
    ]);
    const counts = Object.fromEntries(STATUSES.map((status) => [status, 0]));
    for (const { status, count } of byStatus) counts[status] = count;
    const sum = (values) => values.reduce((a, b) => a + b, 0);
    res.json({
      ...people,
      links,
      tasks: {
        total: sum(Object.values(counts)),
        mine: sum(byStatus.map(({ mine }) => mine)),
        byStatus: counts,
      },
    });
  };

  return Router().get('/stats', stats);
}
