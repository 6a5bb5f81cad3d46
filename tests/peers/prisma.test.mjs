// migrate-apply and Prisma's real engine on the same databases, each going on where the other
// stopped. run.sh gives SERVER_URL (a server of our own) and BIN (the built tools).
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { deploy, diagnose, markApplied, markRolledBack } from './prisma_engine.mjs';
import { Site, appliedByOurs, states } from './site.mjs';

const sample = fileURLToPath(new URL('../support/sample-app/prisma/migrations', import.meta.url));
const names = [
  '00000000000000_init',
  '20260105090000_add_theme_preference',
  '20260112100000_add_profile_title',
  '20260119110000_create_profile_links',
  '20260126120000_profile_links_ordering',
];

class PrismaSite extends Site {
  /** The first `count` migrations of the sample application. */
  addSample(count = names.length) {
    for (const name of names.slice(0, count)) {
      cpSync(join(sample, name), join(this.migrations, name), { recursive: true });
    }
    cpSync(join(sample, 'migration_lock.toml'), join(this.migrations, 'migration_lock.toml'));
  }

  add(name, sql) {
    mkdirSync(join(this.migrations, name), { recursive: true });
    writeFileSync(join(this.migrations, name, 'migration.sql'), sql);
  }

  theirs() {
    return deploy(this.url, this.migrations);
  }

  diagnosis() {
    return diagnose(this.url, this.migrations);
  }
}

/** Both sides say that all is applied and nothing is wrong. */
async function bothContent(site) {
  const status = await site.ours('status', '--exit-code');
  assert.equal(status.code, 0, status.log);
  assert.ok(states(status).every((state) => state === 'applied'), status.record.summary);
  assert.deepEqual(await site.diagnosis(), {
    editedMigrationNames: [],
    failedMigrationNames: [],
    hasMigrationsTable: true,
    history: null,
  });
}

/** The history as both must write it; times and ids aside. */
const history = (site) =>
  site.ask(
    `select migration_name, checksum, logs, applied_steps_count,
       finished_at is not null as finished, rolled_back_at is not null as rolled_back
     from _prisma_migrations order by started_at, migration_name`,
  );

async function until(condition) {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await condition()) return;
    await sleep(25);
  }
  assert.fail('never came true');
}

const prismaLockIsHeld = async (site) =>
  (
    await site.ask(
      `select from pg_locks where locktype = 'advisory' and granted and objid = 72707369
         and database = (select oid from pg_database where datname = current_database())`,
    )
  ).length > 0;

test('ours goes on where Prisma stopped', async (context) => {
  const site = await PrismaSite.open(context);
  site.addSample(3);
  assert.deepEqual(await site.theirs(), names.slice(0, 3));
  site.addSample();
  const run = await site.ours();
  assert.equal(run.code, 0, run.log);
  assert.deepEqual(appliedByOurs(run), names.slice(3));
  await bothContent(site);
  assert.deepEqual(await site.theirs(), []);
});

test('Prisma goes on where ours stopped', async (context) => {
  const site = await PrismaSite.open(context);
  site.addSample();
  const run = await site.ours('--to', names[2]);
  assert.equal(run.code, 0, run.log);
  assert.deepEqual((await site.diagnosis()).history.unappliedMigrationNames, names.slice(3));
  assert.deepEqual(await site.theirs(), names.slice(3));
  await bothContent(site);
});

test('the two leave the same history', async (context) => {
  const one = await PrismaSite.open(context);
  const other = await PrismaSite.open(context);
  one.addSample();
  other.addSample();
  assert.equal((await one.ours()).code, 0);
  await other.theirs();
  assert.deepEqual(await history(one), await history(other));
  const columns = `select column_name, data_type, character_maximum_length, is_nullable, column_default
    from information_schema.columns where table_name = '_prisma_migrations' order by 1`;
  assert.deepEqual(await one.ask(columns), await other.ask(columns));
});

test('what failed in ours has failed for Prisma, until ours goes on', async (context) => {
  const site = await PrismaSite.open(context);
  site.add('1_a', 'create table a (id int);');
  site.add('2_b', 'create table b (id int);\nselect 1 / 0;\n');
  const failed = await site.ours();
  assert.equal(failed.code, 1, failed.log);
  assert.deepEqual((await site.diagnosis()).failedMigrationNames, ['2_b']);
  await assert.rejects(site.theirs(), /failed migrations in the target database/);
  site.add('2_b', 'create table b (id int);\n');
  const mended = await site.ours();
  assert.equal(mended.code, 0, mended.log);
  assert.deepEqual(appliedByOurs(mended), ['2_b']);
  await bothContent(site);
});

test('what failed in Prisma has failed for ours', async (context) => {
  const site = await PrismaSite.open(context);
  site.add('1_a', 'create table a (id int);');
  site.add('2_b', 'select 1 / 0;\n');
  await assert.rejects(site.theirs());
  const status = await site.ours('status');
  assert.equal(status.code, 4, status.log);
  assert.deepEqual(states(status), ['applied', 'failed']);
});

for (const state of ['rolled-back', 'applied']) {
  test(`resolve --as ${state} writes what Prisma writes`, async (context) => {
    const one = await PrismaSite.open(context);
    const other = await PrismaSite.open(context);
    for (const site of [one, other]) {
      site.add('1_a', 'create table a (id int);');
      site.add('2_b', 'select 1 / 0;\n');
      await assert.rejects(site.theirs());
    }
    const run = await one.ours('resolve', '2_b', '--as', state);
    assert.equal(run.code, 0, run.log);
    if (state === 'applied') await markApplied(other.url, other.migrations, '2_b');
    else await markRolledBack(other.url, '2_b');
    const strip = (rows) => rows.map((row) => ({ ...row, logs: row.logs && 'an error' }));
    assert.deepEqual(strip(await history(one)), strip(await history(other)));
    assert.deepEqual(await one.diagnosis(), await other.diagnosis());
    if (state === 'rolled-back') {
      one.add('2_b', 'create table b (id int);');
      assert.deepEqual(await one.theirs(), ['2_b']);
    }
    await bothContent(one);
  });
}

test('an edited file is drift to both', async (context) => {
  const site = await PrismaSite.open(context);
  site.add('1_a', 'create table a (id int);');
  assert.equal((await site.ours()).code, 0);
  site.add('1_a', 'create table a (id bigint);');
  assert.deepEqual((await site.diagnosis()).editedMigrationNames, ['1_a']);
  const status = await site.ours('status');
  assert.equal(status.code, 4, status.log);
  site.add('2_b', 'create table b (id int);');
  const run = await site.ours();
  assert.equal(run.code, 4, run.log);
  assert.deepEqual(await site.ask("select 1 where to_regclass('b') is not null"), []);
});

test('other line ends are an edit to neither', async (context) => {
  const site = await PrismaSite.open(context);
  const sql = 'create table a (id int);\ncreate table b (id int);\n';
  site.add('1_a', sql);
  assert.deepEqual(await site.theirs(), ['1_a']);
  site.add('1_a', sql.replaceAll('\n', '\r\n'));
  await bothContent(site);
});

test("Prisma takes ours' baseline", async (context) => {
  const site = await PrismaSite.open(context);
  site.addSample();
  for (const name of names.slice(0, 2)) {
    await site.ask(readFileSync(join(sample, name, 'migration.sql'), 'utf8'));
  }
  await assert.rejects(site.theirs(), /not empty/);
  const run = await site.ours('baseline', '--to', names[1]);
  assert.equal(run.code, 0, run.log);
  assert.deepEqual(await site.theirs(), names.slice(2));
  await bothContent(site);
});

test("ours waits for Prisma's lock", async (context) => {
  const site = await PrismaSite.open(context);
  site.add('1_a', 'select pg_sleep(2); create table a (id int);');
  const theirs = site.theirs();
  await until(() => prismaLockIsHeld(site));
  const refused = await site.ours('--lock-wait', '100ms');
  const ours = await site.ours('--lock-wait', '30s');
  assert.deepEqual(await theirs, ['1_a']);
  assert.equal(refused.code, 4, refused.log);
  assert.match(refused.record.error.message, /advisory lock is held by process \d+/);
  assert.equal(ours.code, 0, ours.log);
  assert.equal(ours.record.summary, 'nothing is pending', ours.log);
  await bothContent(site);
});

test('Prisma waits for ours', async (context) => {
  const site = await PrismaSite.open(context);
  site.add('1_a', 'select pg_sleep(1); create table a (id int);');
  const ours = site.ours();
  await until(() => prismaLockIsHeld(site));
  assert.deepEqual(await site.theirs(), []);
  const run = await ours;
  assert.equal(run.code, 0, run.log);
  assert.deepEqual(appliedByOurs(run), ['1_a']);
  await bothContent(site);
});
