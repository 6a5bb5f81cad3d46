// migrate-apply with the real dbmate and the real Drizzle on the same databases: half by them, half
// by ours, both ways round; then nothing is pending for either.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { Site, appliedByOurs, states } from './site.mjs';

const run = promisify(execFile);
const dbmate = fileURLToPath(new URL('node_modules/@dbmate/linux-x64/bin/dbmate', import.meta.url));
const when = 1_760_000_000_000;
const made = async (site) =>
  (await site.ask("select relname from pg_class where relname ~ '^t[0-9]$' order by 1")).map(({ relname }) => relname);

class DbmateSite extends Site {
  add(number, sql = `create table t${number} (a int);`) {
    writeFileSync(
      join(this.migrations, `2026010100000${number}_t${number}.sql`),
      `-- migrate:up\n${sql}\n\n-- migrate:down\ndrop table t${number};\n`,
    );
  }

  theirs(...args) {
    // The host is a socket's folder, for which dbmate has another parameter; no URL of the web's kind.
    const [, user, socket, port] = this.url.match(/^postgresql:\/\/(.*)@.*[?&]host=([^&]*)&port=(\d+)/);
    const their = `postgres://${user}@:${port}/${this.database}?socket=${socket}&sslmode=disable`;
    return run(dbmate, ['--url', their, '--no-dump-schema', '-d', this.migrations, ...args]);
  }

  async content() {
    assert.match((await this.theirs('status', '--exit-code')).stdout, /Pending: 0/);
  }

  history() {
    return this.ask('select version from schema_migrations order by version');
  }
}

class DrizzleSite extends Site {
  #entries = [];

  add(number, sql = `create table t${number} (a int);`) {
    const tag = `000${number}_t${number}`;
    writeFileSync(join(this.migrations, `${tag}.sql`), `${sql}--> statement-breakpoint\nselect 1;\n`);
    this.#entries.push({ idx: number, version: '7', when: when + number * 1000, tag, breakpoints: true });
    mkdirSync(join(this.migrations, 'meta'), { recursive: true });
    writeFileSync(
      join(this.migrations, 'meta/_journal.json'),
      JSON.stringify({ version: '7', dialect: 'postgresql', entries: this.#entries }),
    );
  }

  async theirs() {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      await migrate(drizzle(client), { migrationsFolder: this.migrations });
    } finally {
      await client.end();
    }
  }

  /** Drizzle has no status: nothing is pending where a run of it changes nothing. */
  async content() {
    const before = await this.history();
    await this.theirs();
    assert.deepEqual(await this.history(), before);
  }

  history() {
    return this.ask('select hash, created_at from drizzle.__drizzle_migrations order by created_at');
  }
}

for (const [name, Kind, up] of [
  ['dbmate', DbmateSite, ['up']],
  ['Drizzle', DrizzleSite, []],
]) {
  const begun = async (t, count) => {
    const site = await Kind.open(t);
    for (let number = 1; number <= count; number += 1) site.add(number);
    return site;
  };

  const bothContent = async (site) => {
    const status = await site.ours('status', '--exit-code');
    assert.equal(status.code, 0, status.log);
    assert.ok(states(status).every((state) => state === 'applied'), status.record.summary);
    await site.content();
  };

  test(`${name}: ours goes on where they stopped`, async (t) => {
    const site = await begun(t, 2);
    await site.theirs(...up);
    site.add(3);
    site.add(4);
    const ours = await site.ours();
    assert.equal(ours.code, 0, ours.log);
    assert.equal(ours.record.data.layout, name.toLowerCase());
    assert.equal(appliedByOurs(ours).length, 2);
    assert.deepEqual(await made(site), ['t1', 't2', 't3', 't4']);
    await bothContent(site);
  });

  test(`${name}: they go on where ours stopped`, async (t) => {
    const site = await begun(t, 2);
    assert.equal((await site.ours()).code, 0);
    site.add(3);
    site.add(4);
    await site.theirs(...up);
    assert.deepEqual(await made(site), ['t1', 't2', 't3', 't4']);
    await bothContent(site);
  });

  test(`${name}: both leave the same history`, async (t) => {
    const [one, other] = [await begun(t, 3), await begun(t, 3)];
    assert.equal((await one.ours()).code, 0);
    await other.theirs(...up);
    assert.deepEqual(await one.history(), await other.history());
    const columns = (site) =>
      site.ask(
        `select table_schema, table_name, column_name, data_type, is_nullable, column_default
         from information_schema.columns
         where table_name in ('schema_migrations', '__drizzle_migrations') order by 1, 2, ordinal_position`,
      );
    assert.deepEqual(await columns(one), await columns(other));
  });

  test(`${name}: what failed in ours leaves them nothing, and they go on when it is mended`, async (t) => {
    const site = await begun(t, 1);
    site.add(2, 'create table t2 (a int); select 1 / 0;');
    const failed = await site.ours();
    assert.equal(failed.code, 1, failed.log);
    assert.deepEqual(await made(site), ['t1']);
    await assert.rejects(site.theirs(...up), /division by zero|Failed query/);
    if (name === 'dbmate') site.add(2);
    else writeFileSync(join(site.migrations, '0002_t2.sql'), 'create table t2 (a int);\n');
    await site.theirs(...up);
    await bothContent(site);
  });

  test(`${name}: ours takes a baseline, and nothing is pending for them`, async (t) => {
    const site = await begun(t, 2);
    await site.ask('create table t1 (a int); create table t2 (a int)');
    const id = name === 'dbmate' ? '20260101000002' : '0002_t2';
    assert.equal((await site.ours('baseline', '--to', id)).code, 0);
    await bothContent(site);
  });
}

test('dbmate takes back what ours applied', async (t) => {
  const site = await DbmateSite.open(t);
  site.add(1);
  site.add(2);
  assert.equal((await site.ours()).code, 0);
  await site.theirs('rollback');
  assert.deepEqual(await made(site), ['t1']);
  const status = await site.ours('status');
  assert.deepEqual(states(status), ['applied', 'pending']);
});

test('an edited file of Drizzle is drift to ours', async (t) => {
  const site = await DrizzleSite.open(t);
  site.add(1);
  await site.theirs();
  writeFileSync(join(site.migrations, '0001_t1.sql'), 'create table t1 (a bigint);\n');
  const ours = await site.ours();
  assert.equal(ours.code, 4, ours.log);
  assert.deepEqual(states(await site.ours('status')), ['drifted']);
});
