// The real PgBouncer in front of the database: in transaction mode no session is one's own, so that
// what needs a session is refused before anything starts.
import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, ownFolder, unprivileged } from './postgres.mjs';
import { query } from './site.mjs';
import { run } from './tools.mjs';

const server = process.env.SERVER_URL;
const name = `pooled_${process.pid}`;
const folder = ownFolder('slipway-pooler-');
let pooler;
let url;

before(async () => {
  await query(server, `create database ${name}`);
  await query(server.replace('/postgres?', `/${name}?`), 'create table notes (body text)');
  const given = new URL(server.replace(/^postgresql:\/\/[^/]*/, 'postgresql://x'));
  const host = given.searchParams.get('host');
  const port = given.searchParams.get('port') ?? '5432';
  const own = await freePort();
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    `[databases]
${name} = host=${host} port=${port} dbname=${name} user=slipway
postgres = host=${host} port=${port} dbname=postgres user=slipway
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
ignore_startup_parameters = extra_float_digits,options
`,
  );
  pooler = unprivileged('pgbouncer', ['-q', join(folder, 'pgbouncer.ini')], { cwd: folder });
  url = `postgresql://app@127.0.0.1:${own}/${name}?sslmode=disable`;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await query(url, 'select 1');
      break;
    } catch (error) {
      if (attempt > 100) throw error;
      await sleep(50);
    }
  }
});

after(async () => {
  pooler?.kill('SIGKILL');
  await query(server, `drop database if exists ${name} with (force)`);
  rmSync(folder, { recursive: true, force: true });
});

for (const [tool, ...args] of [
  ['db-backup', '--to', join(folder, 'backups')],
  ['db-restore', '--from', join(folder, 'backups'), '--yes', '--accept-data-loss'],
]) {
  test(`${tool} refuses PgBouncer in transaction mode, with what to do`, async () => {
    const refused = await run(tool, args, { folder, env: { DATABASE_URL: url } });
    assert.equal(refused.code, 4, refused.log);
    assert.match(refused.log, /there is a connection pooler at 127\.0\.0\.1:\d+/);
    assert.match(refused.log, /Give the direct address of the server/);
    try {
      assert.deepEqual(readdirSync(join(folder, 'backups')), []);
    } catch (error) {
      assert.equal(error.code, 'ENOENT');
    }
  });
}

test('preflight tells of PgBouncer in transaction mode, and passes on the direct address that its hint asks for', async () => {
  const look = async (address) => {
    const { record } = await run('preflight', ['--only', 'database', '--environment', 'staging'], { folder, env: { DATABASE_URL: address } });
    return record.checks.find((check) => check.id === 'database.pooler');
  };
  const pooled = await look(url);
  assert.equal(pooled.status, 'failed', JSON.stringify(pooled));
  assert.match(pooled.hint, /Give the direct address of the server/);
  assert.equal((await look(server.replace('/postgres?', `/${name}?`))).status, 'passed');
});
