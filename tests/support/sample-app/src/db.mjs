// The database: a pool, transactions, and what an error of the server means to a caller.
import pg from 'pg';

// Prisma keeps UTC in "timestamp without time zone"; pg would read it as local time.
const TIMESTAMP = 1114;
pg.types.setTypeParser(TIMESTAMP, (text) => `${text.replace(' ', 'T')}Z`);

/// The time to write into such a column.
export const NOW = `(now() AT TIME ZONE 'UTC')`;

export function openDatabase({ databaseUrl, poolSize }, log) {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    fallback_application_name: 'sample-app',
    max: poolSize,
    connectionTimeoutMillis: 2000,
    idleTimeoutMillis: 10000,
    statement_timeout: 5000,
  });
  // An idle connection that dies (restart, failover, restore) must not end the process.
  pool.on('error', (error) =>
    log.warn('database connection lost', {
      class: 'database',
      sqlstate: error.code,
      error: error.message,
    }),
  );

  return {
    async rows(sql, params) {
      return (await pool.query(sql, params)).rows;
    },
    async row(sql, params) {
      return (await pool.query(sql, params)).rows[0];
    },
    async transaction(work) {
      const client = await pool.connect();
      let broken;
      try {
        await client.query('BEGIN');
        const result = await work(client);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch((failure) => {
          broken = failure;
        });
        throw error;
      } finally {
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}

export function audit(client, userId, action, detail = null) {
  return client.query(
    `INSERT INTO audit_log ("userId", action, detail, "createdAt") VALUES ($1, $2, $3, ${NOW})`,
    [userId, action, detail && JSON.stringify(detail)],
  );
}

/// A table, column, type or function that a migration still has to make.
export const isMissingObject = (error) => ['42P01', '42703', '42704', '42883'].includes(error.code);

export const isDuplicate = (error) => error.code === '23505';

export const isBusy = (error) => ['55P03', '57014', '40P01', '40001'].includes(error.code);

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'EACCES',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  '3D000',
  '53300',
  '55000',
]);

export function isUnreachable(error) {
  const code = error.code ?? '';
  if (UNREACHABLE.has(code) || /^(08|28|57P)/.test(code)) return true;
  return /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/.test(
    error.message,
  );
}
