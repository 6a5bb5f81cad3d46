// Each check of preflight: it passes where all is well, tells of what was spoilt with a hint, and
// passes again when the hint was followed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Place, Server } from './preflight_site.mjs';
import { bin } from '../support/actions/site.mjs';

let server;
before(() => { server = Server.start(); });
after(() => server.stop());

const checked = new Set();

/** `good` makes the place, `spoil` breaks it, `mend(place, hint, message)` does what the hint says. */
function check(id, { good = () => {}, spoil, mend, says }) {
  checked.add(id);
  test(id, async () => {
    const place = new Place(server);
    try {
      await good(place);
      const group = id.split('.')[0];
      const look = () => {
        const seen = place.look(group);
        return { ...seen, check: seen.checks[id] };
      };
      const healthy = look();
      assert.equal(healthy.check.status, 'passed', `${JSON.stringify(healthy.check)}\n${healthy.log}`);
      await spoil(place);
      const bad = look();
      assert.ok(['failed', 'warned'].includes(bad.check.status), `${JSON.stringify(bad.check)}\n${bad.log}`);
      assert.notEqual(bad.check.hint, '');
      assert.notEqual(bad.check.message, '');
      if (bad.check.status === 'failed' && ['critical', 'major'].includes(bad.check.severity)) assert.notEqual(bad.code, 0);
      if (says) assert.match(`${bad.check.message}\n${bad.check.hint}`, says);
      await mend(place, bad.check.hint, bad.check.message);
      const mended = look();
      assert.equal(mended.check.status, 'passed', `${JSON.stringify(mended.check)}\n${mended.log}`);
    } finally {
      place.close();
    }
  });
}

// --- tools ---------------------------------------------------------------------------------------
const program = (name, says) => ({
  spoil: (p) => p.uninstall(name),
  mend: (p) => p.install(name),
  says,
});
check('tools.git', program('git', /Install git/));
check('tools.psql', program('psql', /postgresql-client/));
check('tools.node', { good: (p) => p.write('package.json', '{"engines": {"node": ">=18"}}'), ...program('node', /Install it/) });
for (const client of ['pg_dump', 'pg_restore']) {
  check(`tools.${client}`, {
    good: (p) => p.makeDatabase(),
    spoil: (p) => { p.env.SLIPWAY_PG_BIN = p.folder; },
    mend: (p) => { delete p.env.SLIPWAY_PG_BIN; },
    says: /postgresql-client-\d+.*SLIPWAY_PG_BIN/,
  });
}
check('tools.required', {
  good: (p) => { p.args.push('--require-tool', 'openssl'); p.install('openssl'); },
  ...program('openssl', /openssl\n.*PATH/),
});
check('tools.slipway', {
  spoil: (p) => { p.program = join(p.folder, 'preflight'); copyFileSync(join(bin, 'preflight'), p.program); },
  mend: (p) => { p.env.SLIPWAY_BIN = bin; },
  says: /db-backup.*\n.*SLIPWAY_BIN/,
});

// --- env -----------------------------------------------------------------------------------------
const variable = (name, badly, well, more = {}) => ({
  spoil: (p) => { p.env[name] = badly; },
  mend: (p) => { if (well === undefined) delete p.env[name]; else p.env[name] = well; },
  ...more,
});
const production = (p) => { p.environment = 'production'; };
check('env.environment', { spoil: (p) => { p.environment = ''; }, mend: (p) => { p.environment = 'staging'; }, says: /--environment/ });
check('env.required', {
  good: (p) => { p.args.push('--require-env', 'HOME'); },
  spoil: (p) => p.args.push('--require-env', 'API_BASE'),
  mend: (p) => { p.env.API_BASE = 'http://127.0.0.1:3000'; },
  says: /API_BASE/,
});
check('env.placeholder', variable('JWT_SECRET', 'changeme', 'u7Gg0bG4w0cXy2mZ', { says: /JWT_SECRET.*\n.*openssl rand/ }));
check('env.url', variable('REDIS_URL', 'http://[half', 'redis://cache:6379', { says: /REDIS_URL/ }));
check('env.tls', variable('NODE_TLS_REJECT_UNAUTHORIZED', '0', undefined, { says: /NODE_EXTRA_CA_CERTS/ }));
check('env.node_env', { good: (p) => { production(p); p.env.NODE_ENV = 'production'; }, ...variable('NODE_ENV', 'development', 'production', { says: /NODE_ENV=production/ }) });
check('env.conflict', { good: (p) => { p.env.DATABASE_URL = 'postgresql://u@db/shop'; }, ...variable('PGDATABASE', 'other', undefined, { says: /PGDATABASE is other/ }) });
check('env.production_url', { good: (p) => { p.env.DATABASE_URL = 'postgresql://u@db.staging/shop'; }, ...variable('DATABASE_URL', 'postgresql://u@db.prod.example.com/shop', 'postgresql://u@db.staging/shop') });
check('env.local_url', { good: (p) => { production(p); Object.assign(p.env, { CI: 'true', GITHUB_ACTIONS: 'true', API_BASE: 'https://shop.example.com' }); }, ...variable('API_BASE', 'http://localhost:3000', 'https://shop.example.com') });
check('env.sslmode', { good: (p) => { production(p); p.env.DATABASE_URL = 'postgresql://u@db.example.com/shop?sslmode=verify-full'; }, ...variable('DATABASE_URL', 'postgresql://u@db.example.com/shop', 'postgresql://u@db.example.com/shop?sslmode=verify-full', { says: /sslmode=verify-full/ }) });

// --- repo ----------------------------------------------------------------------------------------
const repository = (p) => p.makeRepository();
check('repo.checkout', { spoil: (p) => { p.env.GIT_DIR = p.folder; }, good: repository, mend: (p) => { delete p.env.GIT_DIR; } });
check('repo.clean', { good: repository, spoil: (p) => p.write('a.txt', '2\n'), mend: (p) => p.git('commit', '-qam', 'two'), says: /a\.txt\n.*Commit/ });
check('repo.operation', {
  good: repository,
  spoil: (p) => {
    p.git('checkout', '-qb', 'other');
    p.commit('a.txt', 'other\n');
    p.git('checkout', '-q', 'main');
    p.commit('a.txt', 'main\n');
    assert.throws(() => p.git('merge', 'other'));
  },
  mend: (p) => p.git('merge', '--abort'),
  says: /git merge --abort/,
});
check('repo.env_file', {
  good: (p) => { repository(p); p.commit('.env.example', 'A=\n'); },
  spoil: (p) => p.commit('config/.env', 'A=1\n'),
  mend: (p, hint) => {
    assert.match(hint, /^git rm --cached config\/\.env;/);
    p.git('rm', '-q', '--cached', 'config/.env');
  },
});
check('repo.tag', {
  good: (p) => { repository(p); p.git('tag', 'v1.0.0'); p.args.push('--require-tag', 'v*'); },
  spoil: (p) => p.commit('a.txt', '2\n'),
  mend: (p) => p.git('tag', 'v1.2.3'),
  says: /git tag v1\.2\.3/,
});
check('repo.branch', {
  good: (p) => { repository(p); production(p); },
  spoil: (p) => p.git('checkout', '-qb', 'feature'),
  mend: (p) => p.args.push('--branch', 'feature'),
  says: /--branch/,
});
check('repo.commit', {
  good: (p) => { repository(p); Object.assign(p.env, { GITHUB_ACTIONS: 'true', GITHUB_SHA: p.git('rev-parse', 'HEAD') }); },
  spoil: (p) => p.commit('a.txt', '2\n'),
  mend: (p) => p.git('checkout', '-q', p.env.GITHUB_SHA),
});
check('repo.pushed', { good: repository, spoil: (p) => p.commit('a.txt', '2\n'), mend: (p) => p.git('push', '-q', 'origin', 'main'), says: /Push it/ });
check('repo.lock_file', {
  good: (p) => { p.write('package.json', '{"name": "a", "version": "1.0.0"}'); p.write('package-lock.json', '{}'); },
  spoil: (p) => p.remove('package-lock.json'),
  mend: (p, hint) => {
    assert.match(hint, /npm install --package-lock-only/);
    p.write('package-lock.json', '{"name": "a", "lockfileVersion": 3, "packages": {}}');
  },
});

// --- database ------------------------------------------------------------------------------------
const database = (p) => p.makeDatabase();
const followed = (p, hint) => p.follow(hint);
const byHint = (spoil, says, good = database) => ({ good, spoil, mend: followed, says });
check('database.reachable', {
  good: database,
  spoil: (p) => { p.kept = p.env.DATABASE_URL; p.env.DATABASE_URL = 'postgresql://u@127.0.0.1:1/none'; },
  mend: (p) => { p.env.DATABASE_URL = p.kept; },
});
check('database.version', { good: database, spoil: (p) => p.args.push('--min-server', '99'), mend: (p) => p.args.splice(-2, 2, '--min-server', '15'), says: /--min-server/ });
check('database.writable', byHint((p) => p.sql(`alter database ${p.database} set default_transaction_read_only = on`)));
check('database.durable', byHint((p) => p.sql('alter system set fsync = off', 'select pg_reload_conf()', 'select pg_sleep(0.2)'), /fsync is off/, (p) => {
  database(p);
  production(p);
  p.sql('alter system set fsync = on', 'alter system set full_page_writes = on', 'select pg_reload_conf()', 'select pg_sleep(0.2)');
}));
test('and the server of these tests goes on without', () => server.run('postgres', 'alter system reset all', 'select pg_reload_conf()'));
check('database.connections', {
  good: (p) => { database(p); p.args.push('--max-connections', '50%'); },
  spoil: async (p) => { for (let i = 0; i < 10; ++i) await p.session('select 1'); },
  mend: (p) => p.sql(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${p.database}' and pid <> pg_backend_pid()`, 'select pg_sleep(0.3)'),
});
check('database.encoding', {
  good: (p) => p.makeDatabase("encoding 'UTF8' template template0"),
  spoil: (p) => { p.sql('select 1'); p.server.run('postgres', `drop database ${p.database}`, `create database ${p.database} encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0`); },
  mend: (p) => p.server.run('postgres', `drop database ${p.database}`, `create database ${p.database} encoding 'UTF8' template template0`),
  says: /SQL_ASCII/,
});
check('database.collation', byHint((p) => p.sql(`update pg_database set datcollversion = '1' where datname = current_database()`), /built with 1/, (p) => p.makeDatabase("template template0 encoding 'UTF8' locale_provider icu icu_locale 'en'")));
check('database.statement_timeout', byHint((p) => p.sql(`alter database ${p.database} set statement_timeout = '5s'`), /statement_timeout is 5s/));
const inTransaction = (p) => { database(p); p.sql('create table t (a int)'); p.args.push('--max-transaction-age', '1s'); };
const aged = async (p, ...statements) => { await p.session(...statements); p.sql('select pg_sleep(1.2)'); };
check('database.idle_in_transaction', byHint((p) => aged(p, 'begin', 'select 1'), /pg_terminate_backend/, inTransaction));
check('database.long_transactions', byHint((p) => aged(p, 'begin', 'insert into t values (1)'), /pg_terminate_backend/, inTransaction));
check('database.prepared_transactions', {
  ...byHint((p) => { p.sql('begin', 'insert into t values (1)', "prepare transaction 'forgotten'"); p.sql('select pg_sleep(1.2)'); }, /forgotten/, inTransaction),
});
check('database.blocked', byHint(async (p) => {
  await p.session('begin', 'lock table t in access exclusive mode');
  await p.waiting('select * from t', "select exists (select from pg_locks where not granted)");
}, /public\.t/, inTransaction));
check('database.deployment_lock', {
  good: database,
  spoil: async (p) => {
    mkdirSync(join(p.work, 'm'));
    p.write('m/001_wait.sql', 'select pg_sleep(300);\n');
    p.sessions.push(spawn(join(bin, 'migrate-apply'), ['--dir', 'm'], { cwd: p.work, env: { ...p.env, SLIPWAY_DIR: join(p.folder, 'other') }, stdio: 'ignore' }));
    while (p.sql("select exists (select from pg_stat_activity where datname = current_database() and query like '%pg_sleep(300)%' and pid <> pg_backend_pid())") !== 't');
  },
  mend: (p, hint) => { p.follow(hint); p.sql('select pg_sleep(0.3)'); },
  says: /slipway\/migrate-apply/,
});
check('database.invalid_indexes', byHint((p) => p.sql('create table t (a int)', 'create index t_a on t (a)', "update pg_index set indisvalid = false where indexrelid = 't_a'::regclass"), /t_a/));
check('database.unvalidated_constraints', byHint((p) => p.sql('create table t (a int)', 'alter table t add constraint "Positive" check (a > 0) not valid'), /Positive/));
check('database.sequences', byHint((p) => p.sql('create table t (id serial)', "select setval('t_id_seq', 2000000000)"), /t_id_seq at 2000000000/));
check('database.extensions', byHint((p) => p.args.push('--require-extension', 'pg_trgm'), /create extension/, (p) => { database(p); p.args.push('--require-extension', 'plpgsql'); }));
check('database.replication_slots', byHint((p) => p.sql("select pg_create_physical_replication_slot('left_behind')"), /left_behind/));
check('database.wraparound', {
  good: (p) => {
    database(p);
    const age = Number(p.sql('select max(age(datfrozenxid)) from pg_database where datallowconn'));
    p.args.push('--max-xid-age', String(age + 2000));
  },
  spoil: (p) => p.server.script(p.database, 'select pg_current_xact_id();\n'.repeat(4000)),
  mend: (p, hint) => {
    for (let rounds = 0; rounds < 20; ++rounds) {
      const { hint: now, status } = p.look('database').checks['database.wraparound'];
      if (status === 'passed') return;
      const [, name] = now.match(/In the database (\S+): vacuum \(freeze\);/);
      p.server.run(name, 'vacuum (freeze)');
    }
    assert.fail(hint);
  },
});
// The role has been let in, and owns its own; each privilege is taken from it and given back.
const role = (p) => {
  database(p);
  p.sql('create table t (a int)');
  p.asRole();
  p.sql(
    `alter role ${p.role} createdb`, `grant pg_monitor, pg_signal_backend, pg_read_all_data to ${p.role}`,
    `grant create on database ${p.database} to ${p.role}`, `alter table t owner to ${p.role}`, `alter database ${p.database} owner to ${p.role}`,
  );
};
const right = (spoil, says, good = role) => byHint((p) => p.sql(...spoil(p)), says, good);
check('database.visible', byHint(async (p) => {
  await p.session('select 1');
  p.sql(`revoke pg_monitor from ${p.role}`);
}, /grant pg_monitor/, role));
check('database.createdb', right((p) => [`alter role ${p.role} nocreatedb`], /createdb;/));
check('database.signal', right((p) => [`revoke pg_signal_backend from ${p.role}`], /grant pg_signal_backend/));
const other = (p) => `owner_${p.role}`;
check('database.owner', right((p) => [`create role ${other(p)}`, `alter database ${p.database} owner to ${other(p)}`], /grant owner_/));
check('database.table_owner', right((p) => [`create role ${other(p)}`, `alter table t owner to ${other(p)}`], /public\.t/));
check('database.select', right((p) => [`create role ${other(p)}`, `alter table t owner to ${other(p)}`, `revoke pg_read_all_data from ${p.role}`], /grant pg_read_all_data/));
check('database.create', right((p) => [`create role ${other(p)}`, `alter database ${p.database} owner to ${other(p)}`, `revoke create on database ${p.database} from ${p.role}`, 'revoke create on schema public from public'], /grant create on database/));
check('database.log', right((p) => ['create schema slipway', 'create table slipway.execution_log (id bigserial)'], /grant usage/));

// --- migrations ----------------------------------------------------------------------------------
const migrations = (p) => {
  database(p);
  p.write('migrations/001_a.sql', 'create table a (i int);\n');
  p.write('migrations/003_c.sql', 'create table c (i int);\n');
  const applied = p.tool('migrate-apply', ['--dir', 'migrations', '--environment', 'staging']);
  assert.equal(applied.code, 0, applied.log);
  p.args.push('--migrations', 'migrations');
};
const file = (name, text, mend, says) => ({ good: migrations, spoil: (p) => p.write(`migrations/${name}`, text), mend, says });
const removed = (name) => (p) => p.remove(`migrations/${name}`);
check('migrations.readable', file('001_again.sql', 'select 1;\n', removed('001_again.sql'), /001/));
check('migrations.strays', file('notes.txt', 'hello\n', removed('notes.txt'), /notes\.txt/));
check('migrations.empty', file('004_d.sql', '-- nothing yet\n', (p) => p.write('migrations/004_d.sql', 'create table d (i int);\n'), /004_d/));
check('migrations.order', file('002_b.sql', 'create table b (i int);\n', (p) => { p.remove('migrations/002_b.sql'); p.write('migrations/004_b.sql', 'create table b (i int);\n'); }, /newer number/));
check('migrations.drift', file('001_a.sql', 'create table a (i bigint);\n', (p) => p.write('migrations/001_a.sql', 'create table a (i int);\n'), /001_a/));
check('migrations.missing', { good: migrations, spoil: removed('003_c.sql'), mend: (p) => p.write('migrations/003_c.sql', 'create table c (i int);\n'), says: /003_c/ });
check('migrations.lint', file('004_d.sql', 'alter table a alter column i type bigint;\ncreate index a_i on a (i);\n', (p) => p.write('migrations/004_d.sql', 'create index concurrently a_i on a (i);\n'), /004_d\.sql:\d/));
check('migrations.failed', {
  good: (p) => { database(p); p.write('prisma/20260101000000_a/migration.sql', 'create table a (i int);\n'); p.args.push('--migrations', 'prisma'); },
  spoil: (p) => {
    p.write('prisma/20260102000000_b/migration.sql', 'select 1/0;\n');
    assert.equal(p.tool('migrate-apply', ['--dir', 'prisma']).code, 1);
    p.sql("update _prisma_migrations set logs = 'of another program' where finished_at is null");
  },
  mend: (p, hint) => {
    assert.match(hint, /migrate-apply status.*resolve/);
    const resolved = p.tool('migrate-apply', ['resolve', '20260102000000_b', '--as', 'rolled-back', '--dir', 'prisma', '--yes']);
    assert.equal(resolved.code, 0, resolved.log);
  },
});

// --- data ----------------------------------------------------------------------------------------
const rules = `orphans:
  - { table: links, column: profileId, references: public.profiles }
duplicates:
  - { table: users, columns: [email], ignore_case: true }
values:
  - { table: links, column: type, allowed: [website, imdb] }
sql:
  - { name: no negative position, query: "select id from links where position < 0" }
`;
const data = (p) => {
  database(p);
  p.sql('create table profiles (id int)', 'create table users (email text)', 'create table links (id int, "profileId" int, type text, position int)',
    'insert into profiles values (1)', "insert into users values ('a@example.com'), (null), (null)", "insert into links values (1, 1, 'imdb', 0), (2, null, null, 1)");
  p.args.push('--data-checks', p.write('rules.yaml', rules));
};
const rows = (spoil, mend, says) => ({ good: data, spoil: (p) => p.sql(spoil), mend: (p) => p.sql(mend), says });
check('data.orphans', rows("insert into links values (3, 7, 'imdb', 0)", 'delete from links where id = 3', /links\.profileId without public\.profiles: 1 row/));
check('data.duplicates', rows("insert into users values ('A@example.com')", "delete from users where email = 'A@example.com'", /users \(email\): 1 row/));
check('data.values', rows("insert into links values (3, 1, 'blog', 0)", "update links set type = 'website' where id = 3", /links\.type: 1 row/));
check('data.sql', rows("insert into links values (3, 1, 'imdb', -1)", 'update links set position = 0 where id = 3', /no negative position: 1 row/));

// --- backup --------------------------------------------------------------------------------------
const backups = (p) => {
  database(p);
  p.args.push('--backup-to', join(p.folder, 'backups'));
  const made = p.tool('db-backup', ['--to', join(p.folder, 'backups'), '--environment', 'staging']);
  assert.equal(made.code, 0, made.log);
};
check('backup.store', {
  good: backups,
  spoil: (p) => { writeFileSync(join(p.folder, 'file'), ''); p.args.push('--backup-to', join(p.folder, 'file', 'below')); },
  mend: (p) => p.args.splice(-2),
});
check('backup.broken', {
  good: backups,
  spoil: (p) => writeFileSync(join(p.folder, 'backups', '20260101T000000Z-x-0000.manifest.json'), '{'),
  mend: (p) => unlinkSync(join(p.folder, 'backups', '20260101T000000Z-x-0000.manifest.json')),
  says: /20260101T000000Z/,
});
check('backup.latest', {
  good: backups,
  spoil: (p) => { p.args.push('--backup-max-age', '1s'); p.sql('select pg_sleep(1.1)'); },
  mend: (p, hint) => { assert.match(hint, /Run db-backup/); p.args.splice(-2); p.tool('db-backup', ['--to', join(p.folder, 'backups'), '--environment', 'staging']); },
});
check('backup.room', {
  good: backups,
  spoil: (p) => {
    // What the next backup is expected to take is told by the newest one.
    const name = readdirSync(join(p.folder, 'backups')).find((one) => one.endsWith('.manifest.json'));
    p.manifest = join(p.folder, 'backups', name);
    p.kept = readFileSync(p.manifest, 'utf8');
    const manifest = JSON.parse(p.kept);
    manifest.archive.bytes = 1e12; // sparse
    p.archive = join(p.folder, 'backups', manifest.archive.path);
    truncateSync(p.archive, 1e12);
    writeFileSync(p.manifest, JSON.stringify(manifest));
  },
  mend: (p, hint) => {
    assert.match(hint, /prune/);
    truncateSync(p.archive, JSON.parse(p.kept).archive.bytes);
    writeFileSync(p.manifest, p.kept);
  },
  says: /MB are free/,
});

// --- quality -------------------------------------------------------------------------------------
const report = '<testsuite name="s"><testcase name="a"/>FAIL</testsuite>';
const testRun = (p, failing) => {
  p.write('make.sh', `echo '${report.replace('FAIL', failing ? '<testcase name="b"><failure message="no"/></testcase>' : '')}' > r.xml\n`);
  p.tool('test-run', ['--report', 'r.xml', '--output', join(p.folder, 'tests.json'), '--', 'sh', 'make.sh']);
  p.inputs = ['--input', join(p.folder, 'tests.json')];
};
check('quality.tests', { good: (p) => testRun(p, false), spoil: (p) => testRun(p, true), mend: (p) => testRun(p, false), says: /test-run/ });
const covered = {
  lcov: (hit) => `SF:a\nLF:10\nLH:${hit}\nend_of_record\n`,
  cobertura: (hit) => `<?xml version="1.0"?><coverage line-rate="0"><packages><package><classes><class><methods><method><lines><line number="1" hits="1"/></lines></method></methods><lines>${Array.from({ length: 10 }, (_, i) => `<line number="${i}" hits="${i < hit ? 1 : 0}"/>`).join('')}</lines></class></classes></package></packages></coverage>`,
  jacoco: (hit) => `<?xml version="1.0"?><report name="r"><package name="p"><counter type="LINE" missed="99" covered="0"/></package><counter type="LINE" missed="${10 - hit}" covered="${hit}"/></report>`,
  istanbul: (hit) => JSON.stringify({ 'a.js': { path: 'a.js', statementMap: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i, { start: { line: i + 1, column: 0 }, end: { line: i + 1, column: 5 } }])), s: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i, i < hit ? 3 : 0])) } }),
  summary: (hit) => JSON.stringify({ total: { lines: { total: 10, covered: hit, skipped: 0, pct: hit * 10 } } }),
};
for (const [format, text] of Object.entries(covered)) {
  test(`quality.coverage reads ${format}`, () => {
    const place = new Place(server);
    try {
      place.args.push('--coverage', place.write('coverage', text(7)));
      const seen = place.look('quality').checks['quality.coverage'];
      assert.equal(seen.status, 'failed');
      assert.equal(seen.message, '7 of 10 lines (70.0 %), wanted 80.0 %');
      place.write('coverage', text(8));
      assert.equal(place.look('quality').checks['quality.coverage'].status, 'passed');
    } finally {
      place.close();
    }
  });
}
const reported = (option, good, badly, says) => ({
  good: (p) => p.args.push(option, p.write('report', good)),
  spoil: (p) => p.write('report', badly),
  mend: (p) => p.write('report', good),
  says,
});
check('quality.coverage', reported('--coverage', covered.lcov(9), covered.lcov(7), /--min-coverage/));
check('quality.audit', reported('--npm-audit', '{"metadata": {"vulnerabilities": {"high": 0, "critical": 0}}}', '{"metadata": {"vulnerabilities": {"high": 2, "critical": 0}}}', /2 high/));
check('quality.lint', reported('--lint-report', '[{"filePath": "a.js", "messages": [{"ruleId": "semi", "severity": 1, "line": 1}]}]', '[{"filePath": "a.js", "messages": [{"ruleId": "no-undef", "severity": 2, "line": 3}]}]', /a\.js:3: no-undef/));
test('quality.lint reads SARIF and Checkstyle', () => {
  const place = new Place(server);
  try {
    const sarif = { version: '2.1.0', runs: [{ results: [{ level: 'error', ruleId: 'r1', locations: [{ physicalLocation: { artifactLocation: { uri: 'b.c' }, region: { startLine: 9 } } }] }, { ruleId: 'r2' }] }] };
    place.args.push('--lint-report', place.write('a.sarif', JSON.stringify(sarif)), '--lint-report', place.write('c.xml', '<checkstyle><file name="C.java"><error line="4" severity="error" message="m" source="S"/><error line="5" severity="warning" message="w"/></file></checkstyle>'));
    assert.equal(place.look('quality').checks['quality.lint'].message, 'b.c:9: r1, C.java:4: S');
    place.write('a.sarif', '{}');
    assert.match(place.look('quality').checks['quality.lint'].hint, /ESLint/);
  } finally {
    place.close();
  }
});
check('quality.build_output', { good: (p) => p.args.push('--build-output', p.write('dist/app.js', '1')), spoil: (p) => p.remove('dist'), mend: (p) => p.write('dist/app.js', '1'), says: /Run the build/ });

// --- notify --------------------------------------------------------------------------------------
const webhook = 'https://hooks.slack.com/services/T00/B00/verysecretpath';
check('notify.slack', { good: (p) => { p.env.SLACK_WEBHOOK_URL = webhook; }, ...variable('SLACK_WEBHOOK_URL', 'http://example.com/verysecretpath', webhook) });
check('notify.token', { good: (p) => { p.env.SLACK_BOT_TOKEN = 'xoxb-1-secret'; }, ...variable('SLACK_BOT_TOKEN', 'xoxp-1-secret', 'xoxb-1-secret', { says: /xoxb-/ }) });

test('every check of --list is tried here, but for those that are tried elsewhere', () => {
  const elsewhere = new Set([
    'migrations.pending', // tells, and never fails
    'database.primary', // tests/cli/preflight_test.cpp, with a replica
    'database.pooler', // tests/peers/pooler.test.mjs, with PgBouncer
  ]);
  const place = new Place(server);
  try {
    const out = join(place.folder, 'list.json');
    assert.equal(place.tool('preflight', ['--list', '--output', out]).code, 0);
    const { known } = JSON.parse(readFileSync(out, 'utf8')).data;
    assert.ok(known.length >= 60);
    assert.deepEqual(known.map((kind) => kind.id).filter((id) => !checked.has(id) && !elsewhere.has(id)), []);
    assert.ok(known.every((kind) => kind.hint !== ''));
  } finally {
    place.close();
  }
});
