// The tools on servers of the majors 14 to 18, with the client programs of 15 alone: what can work
// works, and what cannot is refused before anything starts. run.sh gives SERVER_URL, a server of 15.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startPostgres } from './postgres.mjs';
import { query } from './site.mjs';
import { run } from './tools.mjs';

const folder = mkdtempSync(join(tmpdir(), 'slipway-majors-'));
const backups = join(folder, 'backups');
const migrations = join(folder, 'migrations');
const name = `majors_${process.pid}`;
const fifteen = process.env.SERVER_URL;
let backup;

const tool = (which, args, url) => run(which, args, { folder, env: { DATABASE_URL: url } });

/** Something of everything that versions differ in. */
const content = `
  create schema "odd schema";
  create table "odd schema".parts (id int, at date not null) partition by range (at);
  create table "odd schema".parts_1 partition of "odd schema".parts
    for values from ('2026-01-01') to ('2027-01-01');
  create table people (id bigint generated always as identity primary key, name text not null,
    loud text generated always as (upper(name)) stored);
  insert into people (name) select 'person ' || i from generate_series(1, 500) i;
  insert into "odd schema".parts select i, date '2026-03-01' + i from generate_series(1, 100) i;
  create materialized view counted as select count(*) as n from people;
  create index on people (lower(name));`;

const sums = async (url) =>
  query(url, `select (select sum(hashtext(p::text))::text from people p) as people,
    (select sum(hashtext(p::text))::text from "odd schema".parts p) as parts,
    (select n::text from counted) as counted,
    (select last_value::text from people_id_seq) as sequence`);

before(async () => {
  mkdirSync(join(migrations, '20260101000000_init'), { recursive: true });
  writeFileSync(join(migrations, '20260101000000_init', 'migration.sql'),
    'create table notes (id bigint generated always as identity primary key, body text);\n');
  writeFileSync(join(migrations, 'migration_lock.toml'), 'provider = "postgresql"\n');
  await query(fifteen, `create database ${name}`);
  await query(fifteen.replace('/postgres?', `/${name}?`), content);
  const made = await tool('db-backup', ['--to', backups], fifteen.replace('/postgres?', `/${name}?`));
  assert.equal(made.code, 0, made.log);
  backup = made.record.data.id;
});

after(async () => {
  await query(fifteen, `drop database if exists ${name} with (force)`);
  rmSync(folder, { recursive: true, force: true });
});

async function watchedAndMigrated(server) {
  await query(server.url('postgres'), 'create database deployed');
  const url = server.url('deployed');
  const applied = await tool('migrate-apply', ['apply', '--dir', migrations], url);
  assert.equal(applied.code, 0, applied.log);
  const healthy = await tool('health-check', ['postgres', `migrations:${migrations}`], url);
  assert.equal(healthy.code, 0, healthy.log);
  const watched = await tool('monitor', ['--for', '1s', '--every', '300ms'], url);
  assert.ok([0, 7].includes(watched.code), watched.log);
  const source = watched.record.data.sources.find((each) => each.name === 'postgres');
  assert.equal(source.gaps, 0, watched.log);
  const seen = watched.record.metrics.map((each) => each.name);
  for (const metric of [
    'pg.wal_rate', 'pg.slots_unsafe', 'pg.transaction_age', 'pg.largest_table', 'pg.invalid_indexes']) {
    assert.ok(seen.includes(metric), `${metric}: ${watched.log}`);
  }
  const looked = await tool('preflight', ['--only', 'database', '--only', 'migrations', '--migrations', migrations], url);
  assert.equal(looked.code, 0, looked.log);
}

test('PostgreSQL 14 is backed up and restored by the programs of 15', async () => {
  const server = await startPostgres(14);
  try {
    await query(server.url('postgres'), 'create database app');
    const url = server.url('app');
    await query(url, content);
    const before = await sums(url);
    const made = await tool('db-backup', ['--to', join(folder, 'of14')], url);
    assert.equal(made.code, 0, made.log);
    assert.match(made.record.data.server_version, /^14\./);
    await query(url, 'delete from people');
    const args = ['--from', join(folder, 'of14'), '--yes', '--accept-data-loss'];
    const restored = await tool('db-restore', args, url);
    assert.equal(restored.code, 0, restored.log);
    assert.deepEqual(await sums(url), before);
    await watchedAndMigrated(server);
  } finally {
    await server.stop();
  }
});

for (const major of [16, 17, 18]) {
  test(`PostgreSQL ${major} takes a backup of 15, and is not backed up by a pg_dump of 15`, async () => {
    const server = await startPostgres(major);
    try {
      await query(server.url('postgres'), `create database ${name}`);
      const url = server.url(name);
      const refused = await tool('db-backup', ['--to', join(folder, `of${major}`)], url);
      assert.equal(refused.code, 4, refused.log);
      assert.match(refused.log, new RegExp(`pg_dump 15\\.\\d+ is older than the server \\(${major}\\)`));
      assert.match(refused.log, new RegExp(`apt-get install postgresql-client-${major}`));
      assert.deepEqual(readdirSync(join(folder, `of${major}`)), []);

      const args = ['--backup-id', backup, '--from', backups, '--from-environment', 'test', '--yes'];
      const stopped = await tool('db-restore', [...args, '--accept-data-loss'], url);
      assert.notEqual(stopped.code, 0, 'there can be no safety backup');
      assert.match(stopped.log, new RegExp(`postgresql-client-${major}`));
      const swapped = await tool('db-restore', [...args, '--accept-data-loss', '--no-safety-backup'], url);
      assert.equal(swapped.code, 0, swapped.log);
      assert.deepEqual(await sums(url), await sums(fifteen.replace('/postgres?', `/${name}?`)));
      await watchedAndMigrated(server);
      const undone = await tool('db-restore', ['undo', '--yes', '--accept-data-loss', '--terminate'], url);
      assert.equal(undone.code, 0, undone.log);
      assert.equal((await query(url, `select to_regclass('people') as there`))[0].there, null);
    } finally {
      await server.stop();
    }
  });
}
