// migrate-apply with the real Supabase CLI, sqitch, node-pg-migrate and Drizzle 1.0 on the same
// databases: half by them, half by ours, both ways round; then nothing is pending for either.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { drizzle } from 'drizzle-orm-1/node-postgres';
import { migrate } from 'drizzle-orm-1/node-postgres/migrator';
import { drizzle as drizzle0 } from 'drizzle-orm/node-postgres';
import { migrate as migrate0 } from 'drizzle-orm/node-postgres/migrator';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { Site, appliedByOurs, states } from './site.mjs';

const run = promisify(execFile);
const supabase = fileURLToPath(new URL('node_modules/@supabase/cli-linux-x64/bin/supabase', import.meta.url));
const made = async (site) =>
  (await site.ask("select relname from pg_class where relname ~ '^t[0-9]$' order by 1")).map(({ relname }) => relname);

/** A site whose folder of migrations is below another folder, as the program wants it. */
class PeerSite extends Site {
  static async open(context) {
    const site = await super.open(context);
    site.prepare?.();
    await site.listen?.(context);
    return site;
  }

  /** The server's place, which is a socket's folder. */
  get place() {
    const [, user, socket, port] = this.url.match(/^postgresql:\/\/(.*)@.*[?&]host=([^&]*)&port=(\d+)/);
    return { user, socket: decodeURIComponent(socket), port };
  }
}

class SupabaseSite extends PeerSite {
  static layout = 'supabase';

  prepare() {
    this.migrations = join(this.folder, 'supabase/migrations');
    mkdirSync(this.migrations, { recursive: true });
    writeFileSync(join(this.folder, 'supabase/config.toml'), 'project_id = "slipway"\n');
  }

  id = (number) => `2026010100000${number}_t${number}`;

  add(number, sql = `create table t${number} (a int); -- a table\n\ncomment on table t${number} is ';';`) {
    writeFileSync(join(this.migrations, `${this.id(number)}.sql`), `${sql}\n`);
  }

  // It takes no socket's folder, so that a port of our own leads there.
  async listen(context) {
    const { socket, port } = this.place;
    const server = createServer((client) => {
      const onward = connect(`${socket}/.s.PGSQL.${port}`);
      for (const [from, to] of [
        [client, onward],
        [onward, client],
      ]) {
        from.pipe(to);
        from.on('error', () => to.destroy());
      }
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    context.after(() => server.close());
    this.port = server.address().port;
  }

  cli(...args) {
    const url = `postgresql://${this.place.user}:x@127.0.0.1:${this.port}/${this.database}?sslmode=disable`;
    return run(supabase, [...args, '--remote', url, '--yes'], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, HOME: this.folder, SUPABASE_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
    });
  }

  theirs() {
    return this.cli('migration', 'up');
  }

  async content() {
    const before = await this.history();
    await this.theirs();
    assert.deepEqual(await this.history(), before);
  }

  history() {
    return this.ask('select version, name, statements from supabase_migrations.schema_migrations order by version');
  }

  theirDown(number) {
    return this.cli('migration', 'repair', '--status', 'reverted', `2026010100000${number}`);
  }
}

class SqitchSite extends PeerSite {
  static layout = 'sqitch';
  #plan = ['%syntax-version=1.0.0', '%project=shop', '%uri=https://example.com/shop', ''];

  prepare() {
    for (const folder of ['deploy', 'revert', 'verify']) mkdirSync(join(this.migrations, folder));
    writeFileSync(join(this.migrations, 'sqitch.conf'), '[core]\n\tengine = pg\n');
  }

  id = (number) => `t${number}`;

  add(number, sql = `create table t${number} (a int);`, { planned = true, conflict = '' } = {}) {
    const scripts = {
      deploy: `-- Deploy t${number}\n\nBEGIN;\n\n${sql}\n\nCOMMIT;\n`,
      revert: `BEGIN;\ndrop table t${number};\nCOMMIT;\n`,
      verify: `BEGIN;\nselect a from t${number} where false;\nROLLBACK;\n`,
    };
    for (const [kind, content] of Object.entries(scripts)) {
      writeFileSync(join(this.migrations, kind, `t${number}.sql`), content);
    }
    if (!planned) return;
    const needs = number > 1 ? ` [t${number - 1}${conflict}]` : '';
    this.#plan.push(`t${number}${needs} 2026-01-01T00:00:0${number}Z Ann Ä. Bee <ann@example.com> # makes t${number}`);
    if (number === 2) this.#plan.push('@v1 2026-01-02T00:00:00Z Ann Ä. Bee <ann@example.com> # first\\nrelease', '');
    writeFileSync(join(this.migrations, 'sqitch.plan'), `${this.#plan.join('\n')}\n`);
  }

  sqitch(...args) {
    const { user, socket, port } = this.place;
    const [verb, ...rest] = args;
    return run('sqitch', [verb, ...rest, `db:pg:${this.database}`], {
      cwd: this.migrations,
      env: {
        PATH: process.env.PATH,
        HOME: this.folder,
        PGHOST: socket,
        PGPORT: port,
        PGUSER: user,
        SQITCH_FULLNAME: 'Ann Bee',
        SQITCH_EMAIL: 'ann@example.com',
      },
    });
  }

  theirs() {
    return this.sqitch('deploy', '--verify');
  }

  async content() {
    const { stdout } = await this.sqitch('status');
    assert.match(stdout, /Nothing to deploy \(up-to-date\)/);
    assert.match((await this.sqitch('verify')).stdout, /Verify successful/);
    await this.sqitch('check');
  }

  async history() {
    const all = {};
    for (const [table, key] of [
      ['projects', 'project'],
      ['changes', 'planned_at'],
      ['tags', 'tag_id'],
      ['dependencies', 'change_id, dependency'],
      ['events', 'committed_at'],
    ]) {
      const rows = await this.ask(`select * from sqitch.${table} order by ${key}`);
      all[table] = rows.map((row) =>
        Object.fromEntries(Object.entries(row).filter(([name]) => !/committ|installe|creat/.test(name))),
      );
    }
    return all;
  }

  theirDown(number) {
    return this.sqitch('revert', '-y', '--to', `t${number - 1}`);
  }
}

class NodePgMigrateSite extends PeerSite {
  static layout = 'node-pg-migrate';
  id = (number) => `170000000000${number}_t${number}`;

  add(number, sql = `create table t${number} (a int);`) {
    writeFileSync(
      join(this.migrations, `${this.id(number)}.sql`),
      `-- Up Migration\n${sql}\n\n-- Down Migration\ndrop table t${number};\n`,
    );
  }

  async call(direction, count) {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      return await runner({
        dbClient: client,
        dir: this.migrations,
        migrationsTable: 'pgmigrations',
        direction,
        count,
        logger: { debug() {}, info() {}, warn() {}, error() {} },
      });
    } finally {
      await client.end();
    }
  }

  theirs() {
    return this.call('up', Infinity);
  }

  async content() {
    assert.deepEqual(await this.theirs(), []);
  }

  history() {
    return this.ask('select name from pgmigrations order by run_on, id');
  }

  theirDown() {
    return this.call('down', 1);
  }
}

class Drizzle1Site extends PeerSite {
  static layout = 'drizzle-1';
  id = (number) => `2026010100000${number}_t${number}`;

  add(number, sql = `create table t${number} (a int);`) {
    const folder = join(this.migrations, this.id(number));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'migration.sql'), `${sql}--> statement-breakpoint\nselect 1;\n`);
    writeFileSync(join(folder, 'snapshot.json'), '{}');
  }

  async theirs() {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      await migrate(drizzle({ client }), { migrationsFolder: this.migrations });
    } finally {
      await client.end();
    }
  }

  async content() {
    const before = await this.history();
    await this.theirs();
    assert.deepEqual(await this.history(), before);
  }

  history() {
    return this.ask('select hash, created_at, name from drizzle.__drizzle_migrations order by id');
  }
}

const undo = '# Way back\n\n```sql\ndrop table t3;\n```\n';

const columns = (site) =>
  site.ask(
    `select table_schema, table_name, column_name, data_type, is_nullable, column_default
     from information_schema.columns
     where table_name in ('schema_migrations', '__drizzle_migrations', 'pgmigrations')
       or table_schema = 'sqitch' order by 1, 2, ordinal_position`,
  );
const constraints = (site) =>
  site.ask(
    `select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
     where connamespace::regnamespace::text = 'sqitch' order by 1, 2`,
  );

for (const Kind of [SupabaseSite, SqitchSite, NodePgMigrateSite, Drizzle1Site]) {
  const name = Kind.layout;
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
    await site.theirs();
    site.add(3);
    site.add(4);
    const ours = await site.ours();
    assert.equal(ours.code, 0, ours.log);
    assert.equal(ours.record.data.layout, name);
    assert.equal(appliedByOurs(ours).length, 2);
    assert.deepEqual(await made(site), ['t1', 't2', 't3', 't4']);
    await bothContent(site);
  });

  test(`${name}: they go on where ours stopped`, async (t) => {
    const site = await begun(t, 2);
    const ours = await site.ours();
    assert.equal(ours.code, 0, ours.log);
    site.add(3);
    site.add(4);
    await site.theirs();
    assert.deepEqual(await made(site), ['t1', 't2', 't3', 't4']);
    await bothContent(site);
  });

  test(`${name}: both leave the same history`, async (t) => {
    const [one, other] = [await begun(t, 3), await begun(t, 3)];
    assert.equal((await one.ours()).code, 0);
    await other.theirs();
    assert.deepEqual(await one.history(), await other.history());
    assert.deepEqual(await columns(one), await columns(other));
    assert.deepEqual(await constraints(one), await constraints(other));
  });

  test(`${name}: what failed in ours leaves them nothing, and they go on when it is mended`, async (t) => {
    const site = await begun(t, 1);
    site.add(2, 'create table t2 (a int); select 1 / 0;');
    const failed = await site.ours();
    assert.equal(failed.code, 1, failed.log);
    assert.deepEqual(await made(site), ['t1']);
    if (name === 'sqitch') {
      assert.match((await site.sqitch('log', '--event', 'fail')).stdout, /Fail [0-9a-f]{40}/);
    }
    await assert.rejects(site.theirs(), /division by zero|Failed query|Deploy failed/);
    if (name === 'sqitch') site.add(2, undefined, { planned: false });
    else site.add(2);
    await site.theirs();
    await bothContent(site);
  });

  test(`${name}: ours takes a baseline, and nothing is pending for them`, async (t) => {
    const site = await begun(t, 2);
    await site.ask('create table t1 (a int); create table t2 (a int)');
    const baseline = await site.ours('baseline', '--to', site.id(2));
    assert.equal(baseline.code, 0, baseline.log);
    await bothContent(site);
  });

  if (Kind.prototype.theirDown) {
    test(`${name}: they take back what ours applied, and ours applies it again`, async (t) => {
      const site = await begun(t, 3);
      assert.equal((await site.ours()).code, 0);
      await site.theirDown(3);
      assert.deepEqual(states(await site.ours('status')), ['applied', 'applied', 'pending']);
      await site.ask('drop table if exists t3');
      const again = await site.ours();
      assert.equal(again.code, 0, again.log);
      await bothContent(site);
    });
  }

  test(`${name}: ours takes back what they applied, and they apply it again`, async (t) => {
    const site = await begun(t, 3);
    await site.theirs();
    if (name === 'supabase') writeFileSync(join(site.migrations, `${site.id(3)}.ROLLBACK.md`), undo);
    if (name === 'drizzle-1') writeFileSync(join(site.migrations, site.id(3), 'ROLLBACK.md'), undo);
    const down = await site.ours('down');
    assert.equal(down.code, 0, down.log);
    assert.deepEqual(await made(site), ['t1', 't2']);
    assert.deepEqual(states(await site.ours('status')), ['applied', 'applied', 'pending']);
    await site.theirs();
    assert.deepEqual(await made(site), ['t1', 't2', 't3']);
    await bothContent(site);
  });
}

test('conflicts of sqitch are written as it writes them', async (t) => {
  const [one, other] = [await SqitchSite.open(t), await SqitchSite.open(t)];
  for (const site of [one, other]) {
    site.add(1);
    site.add(2, undefined, { conflict: ' !t4 !t5' });
    for (const number of [3, 4, 5]) site.add(number);
  }
  const ours = await one.ours('--to', 't3');
  assert.equal(ours.code, 0, ours.log);
  await other.sqitch('deploy', '--to', 't3');
  assert.deepEqual(await one.history(), await other.history());
  const { stdout } = await one.sqitch('status');
  assert.match(stdout, /Undeployed changes:\n\s+\* t4\n\s+\* t5/);
});

test('an edited script of sqitch is drift to both', async (t) => {
  const site = await SqitchSite.open(t);
  site.add(1);
  await site.theirs();
  site.add(1, 'create table t1 (a bigint);', { planned: false });
  await assert.rejects(site.sqitch('check'));
  const ours = await site.ours();
  assert.equal(ours.code, 4, ours.log);
  assert.deepEqual(states(await site.ours('status')), ['drifted']);
});

test('Supabase and node-pg-migrate go no further without the file of what is applied, nor do we', async (t) => {
  for (const Kind of [SupabaseSite, NodePgMigrateSite]) {
    const site = await Kind.open(t);
    for (const number of [1, 2]) site.add(number);
    await site.theirs();
    rmSync(join(site.migrations, `${site.id(1)}.sql`));
    site.add(3);
    await assert.rejects(site.theirs());
    const ours = await site.ours();
    assert.equal(ours.code, 4, ours.log);
    assert.match(ours.record.error.message, /applied, but not in/);
  }
});

test('a late migration is an error to Supabase and node-pg-migrate, and to us', async (t) => {
  for (const Kind of [SupabaseSite, NodePgMigrateSite]) {
    const site = await Kind.open(t);
    for (const number of [1, 3]) site.add(number);
    assert.equal((await site.ours()).code, 0);
    site.add(2);
    await assert.rejects(site.theirs());
    const ours = await site.ours();
    assert.equal(ours.code, 4, ours.log);
    assert.match(ours.record.error.message, /later migration is applied/);
  }
});

test("Supabase's statements are cut as its own program cuts them", async (t) => {
  const [one, other] = [await SupabaseSite.open(t), await SupabaseSite.open(t)];
  const sql = `-- a comment; with a semicolon
create table t1 (a text default ';', "b;c" int);
/* one /* in */ another; */
create function f() returns int language sql as $$ select 1; select 2; $$;;
create function g() returns int language sql begin atomic select 1; select 2; end;
create function h() returns text language plpgsql as $body$
begin
  return 'it''s; ' || $q$;$q$;
end $body$;
insert into t1 values (E'x\\\\'), ('a;b');
  select ('(;)'), 1;

`;
  for (const site of [one, other]) site.add(1, sql);
  const ours = await one.ours();
  assert.equal(ours.code, 0, ours.log);
  await other.theirs();
  assert.deepEqual(await one.history(), await other.history());
  assert.equal((await one.history())[0].statements.length, 6);
});

test('a table of Drizzle 0.x is brought up to 1.0 as Drizzle does it', async (t) => {
  const [one, other] = [await Drizzle1Site.open(t), await Drizzle1Site.open(t)];
  for (const site of [one, other]) {
    const when = (number) => Date.UTC(2026, 0, 1, 0, 0, number) + 123;
    mkdirSync(join(site.migrations, 'meta'));
    for (const number of [1, 2]) {
      writeFileSync(
        join(site.migrations, `000${number}_t${number}.sql`),
        `create table t${number} (a int);--> statement-breakpoint\nselect 1;\n`,
      );
    }
    const entries = [1, 2].map((number) => ({ idx: number, version: '7', when: when(number), tag: `000${number}_t${number}`, breakpoints: true }));
    writeFileSync(join(site.migrations, 'meta/_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }));
    const client = new pg.Client({ connectionString: site.url });
    await client.connect();
    await migrate0(drizzle0(client), { migrationsFolder: site.migrations });
    await client.end();
    rmSync(site.migrations, { recursive: true });
    for (const number of [1, 2, 3]) site.add(number);
  }
  assert.deepEqual(states(await one.ours('status')), ['applied', 'applied', 'pending']);
  const ours = await one.ours();
  assert.equal(ours.code, 0, ours.log);
  await other.theirs();
  assert.deepEqual(await one.history(), await other.history());
  assert.deepEqual(await columns(one), await columns(other));
  await one.content();
});

test('ours waits for the locks of sqitch and node-pg-migrate', async (t) => {
  for (const [Kind, key] of [
    [SqitchSite, 75474063n],
    [NodePgMigrateSite, 7241865325823964n],
  ]) {
    const site = await Kind.open(t);
    site.add(1);
    const holder = new pg.Client({ connectionString: site.url });
    await holder.connect();
    await holder.query(`select pg_advisory_lock(${key})`);
    const refused = await site.ours('--lock-wait', '100ms');
    assert.equal(refused.code, 4, refused.log);
    await holder.end();
    assert.equal((await site.ours()).code, 0);
    assert.ok(existsSync(site.migrations));
  }
});
