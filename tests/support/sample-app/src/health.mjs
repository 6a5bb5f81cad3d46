// GET /api/health: what the service needs, looked at now.
import { Router } from 'express';
import { setTimeout as sleep } from 'node:timers/promises';

const DATABASE_MS = 1500;

const column = (table, name) =>
  `EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('${table}') AND attname = '${name}' AND NOT attisdropped)`;
const relation = (name) => `to_regclass('${name}') IS NOT NULL`;

// What each migration leaves behind; a backfill leaves nothing that a catalog shows.
const MIGRATIONS = [
  ['20260105090000_add_theme_preference', column('profiles', 'themePreference')],
  ['20260112100000_add_profile_title', column('profiles', 'title')],
  ['20260119110000_create_profile_links', relation('profile_links')],
  ['20260126120000_profile_links_ordering', relation('"profile_links_profileId_position_idx"')],
  ['001_create_task_status_history', relation('task_status_history')],
];

const MISSING = `SELECT name FROM (VALUES ${MIGRATIONS.map(([name, present]) => `('${name}', ${present})`).join(', ')}) AS m (name, present) WHERE NOT present`;

const HEALTHY = { status: 'healthy' };
const UNHEALTHY = { status: 'unhealthy' };

async function inTime(work) {
  const stop = new AbortController();
  const late = sleep(DATABASE_MS, undefined, { signal: stop.signal }).then(
    () => Promise.reject(new Error(`no answer in ${DATABASE_MS} ms`)),
    () => {},
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
  }
}

const check = (work) =>
  Promise.resolve()
    .then(work)
    .then(
      () => HEALTHY,
      () => UNHEALTHY,
    );

async function databaseAndMigrations(db, log) {
  const startedAt = performance.now();
  try {
    const rows = await inTime(db.rows(MISSING));
    const missing = rows.map(({ name }) => name);
    return {
      database: { ...HEALTHY, latency_ms: Number((performance.now() - startedAt).toFixed(2)) },
      migrations: { status: missing.length > 0 ? 'pending' : 'healthy', missing },
    };
  } catch (error) {
    log.error(`health: ${error.message}`, { class: 'database', sqlstate: error.code });
    return {
      database: { ...UNHEALTHY, latency_ms: null },
      migrations: { status: 'unknown', missing: [] },
    };
  }
}

function overall({ database, migrations, auth, storage }, requireMigrations) {
  if (database.status !== 'healthy') return 'unhealthy';
  if (requireMigrations && migrations.status !== 'healthy') return 'unhealthy';
  return auth.status === 'healthy' && storage.status === 'healthy' ? 'healthy' : 'degraded';
}

export function healthRoutes({ config, db, log, control, auth, storage }) {
  const startedAt = performance.now();
  const uptime = () => Math.round((performance.now() - startedAt) / 1000);

  const look = async () => {
    const [data, authState, storageState] = await Promise.all([
      databaseAndMigrations(db, log),
      check(auth.check),
      check(storage.check),
    ]);
    return { ...data, auth: authState, storage: storageState };
  };
  const lie = () => ({
    database: { ...HEALTHY, latency_ms: 1 },
    migrations: { ...HEALTHY, missing: [] },
    auth: HEALTHY,
    storage: HEALTHY,
  });

  return Router()
    .get('/', async (_req, res) => {
      const services = control.behaviour.honestHealth ? await look() : lie();
      const status = overall(services, config.requireMigrations);
      res
        .status(status === 'unhealthy' ? 503 : 200)
        .json({ status, version: config.version, uptime_s: uptime(), services });
    })
    .get('/live', (_req, res) =>
      res.json({ status: 'healthy', version: config.version, uptime_s: uptime() }),
    );
}
