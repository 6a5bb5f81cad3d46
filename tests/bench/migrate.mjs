// migrate.mjs BIN PSQL URL FOLDER PROXY: migrate-apply against psql and the other runners that are
// installed (make test-peers installs them), on one server, taken in turns so that a busy moment of
// the machine meets all of them. Nothing fails for being slow.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [bin, psql, server, folder, proxy] = process.argv.slice(2);
const peers = join(dirname(fileURLToPath(import.meta.url)), '../peers');
const modules = join(peers, 'node_modules');
const inModules = (...parts) => join(modules, ...parts);

const statements = (table) => [
  `create table ${table} (id bigint primary key, name text not null);`,
  `create index ${table}_name on ${table} (name);`,
  `alter table ${table} add column at timestamptz not null default now();`,
];

/** The same migrations in the form of each runner; returns the folder of each. */
function write(name, count) {
  const root = join(folder, name);
  const put = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const journal = [];
  const plan = ['%syntax-version=1.0.0', '%project=bench', ''];
  let session = '';
  for (let number = 1; number <= count; number += 1) {
    const table = `t${number}`;
    const lines = statements(table);
    const sql = `${lines.join('\n')}\n`;
    const digits = String(number).padStart(3, '0');
    const stamp = `20260101000${digits}`;
    put(`plain/${digits}_${table}.sql`, sql);
    put(`dbmate/${stamp}_${table}.sql`, `-- migrate:up\n${sql}-- migrate:down\ndrop table ${table};\n`);
    put(`drizzle/${digits}_${table}.sql`, lines.join('\n--> statement-breakpoint\n'));
    journal.push({ idx: number, version: '7', when: 1767225600000 + number, tag: `${digits}_${table}`, breakpoints: true });
    put(`prisma/${stamp}_${table}/migration.sql`, sql);
    put(`node-pg-migrate/${stamp}000_${table}.sql`, `-- Up Migration\n${sql}-- Down Migration\ndrop table ${table};\n`);
    put(`postgrator/${digits}.do.${table}.sql`, sql);
    put(`supabase/supabase/migrations/${stamp}_${table}.sql`, sql);
    put(`sqitch/deploy/${table}.sql`, `BEGIN;\n${sql}COMMIT;\n`);
    plan.push(`${table} 2026-01-01T00:00:00Z Bench <bench@example.org> # ${table}`);
    session += `begin;\n\\i ${join(root, 'plain', `${digits}_${table}.sql`)}\ncommit;\n`;
  }
  put('drizzle/meta/_journal.json', JSON.stringify({ version: '7', dialect: 'postgresql', entries: journal }));
  put('prisma/migration_lock.toml', 'provider = "postgresql"\n');
  put('supabase/supabase/config.toml', 'project_id = "bench"\n');
  put('sqitch/sqitch.plan', `${plan.join('\n')}\n`);
  put('sqitch/sqitch.conf', '[core]\n\tengine = pg\n[user]\n\tname = Bench\n\temail = bench@example.org\n');
  put('all.sql', session);
  put(
    'drizzle.mjs',
    `import { migrate } from '${inModules('drizzle-orm/node-postgres/migrator.js')}';
import { drizzle } from '${inModules('drizzle-orm/node-postgres/index.js')}';
import pg from '${inModules('pg/lib/index.js')}';
const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await migrate(drizzle(client), { migrationsFolder: '${join(root, 'drizzle')}' });
await client.end();
`,
  );
  put(
    'prisma.mjs',
    `import { deploy } from '${join(peers, 'prisma_engine.mjs')}';
await deploy(process.env.DATABASE_URL, '${join(root, 'prisma')}');
process.exit();
`,
  );
  return root;
}

/** Runs a program, which must succeed: its wall time in ms. */
function timed(command, args, options) {
  const start = process.hrtime.bigint();
  const run = spawnSync(command, args, { encoding: 'utf8', ...options });
  const taken = Number(process.hrtime.bigint() - start) / 1e6;
  if (run.status !== 0) {
    throw new Error(`${command} ${args.join(' ')} ended with ${run.status}: ${run.stdout} ${run.stderr}`);
  }
  return taken;
}

const named = (base, database) => base.replace(/\/postgres(\?|$)/, `/${database}$1`);
const ask = (...args) => timed(psql, ['-qX', '-v', 'ON_ERROR_STOP=1', ...args]);

/** A runner: what it needs to be there, and how it applies what is in its folder to a database. */
function runner(name, needs, args, options = () => ({})) {
  return { name, needs, run: (root, url) => {
    const { cwd = root, env = {} } = options(root, url);
    return timed(needs, args(root, url), {
      cwd,
      env: { PATH: process.env.PATH, HOME: folder, DATABASE_URL: url, ...env },
    });
  } };
}

const node = process.execPath;
const parts = (url) => {
  const { hostname, port, pathname, username } = new URL(url);
  return { hostname, port, database: pathname.slice(1), username };
};
const ours = runner('migrate-apply', join(bin, 'migrate-apply'), (root) => [
  '--dir', join(root, 'plain'), '--environment', 'test']);
const psqlSession = runner('psql, BEGIN and COMMIT a file', psql, (root, url) => [
  '-qX', '-v', 'ON_ERROR_STOP=1', url, '-f', join(root, 'all.sql')]);
const others = [
  runner('dbmate', inModules('@dbmate/linux-x64/bin/dbmate'), (root, url) => [
    '--url', url, '--no-dump-schema', '-d', join(root, 'dbmate'), 'up']),
  runner('postgrator', inModules('.bin/postgrator'), (root, url) => {
    const { hostname, port, database, username } = parts(url);
    return ['-m', `${join(root, 'postgrator')}/*`, '-r', 'pg', '-h', hostname, '-o', port, '-d', database, '-u', username];
  }),
  runner('node-pg-migrate', inModules('.bin/node-pg-migrate'), (root) => ['up', '-m', join(root, 'node-pg-migrate')]),
  { ...runner('Drizzle migrator', node, (root) => [join(root, 'drizzle.mjs')]), needs: inModules('drizzle-orm/index.js') },
  { ...runner("Prisma's engine", node, (root) => [join(root, 'prisma.mjs')]), needs: inModules('@prisma/schema-engine-wasm/package.json') },
  runner('Supabase CLI', inModules('@supabase/cli-linux-x64/bin/supabase'), (root, url) => [
    'migration', 'up', '--yes', '--remote', url], (root) => ({ cwd: join(root, 'supabase') })),
  runner('Sqitch', '/usr/bin/sqitch', (root, url) => ['deploy', url.replace(/^\w+:/, 'db:pg:')], (root) => ({
    cwd: join(root, 'sqitch'), env: { PATH: `${dirname(psql)}:${process.env.PATH}` } })),
];

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Each contender in turn, `runs` times; prints the table with ratios to the first. */
function compare(title, runs, contenders, take) {
  const times = contenders.map(() => []);
  for (let run = 0; run < runs; run += 1) {
    contenders.forEach((one, index) => times[index].push(take(one, run)));
  }
  console.log(`\n${`${title} (${runs} runs)`.padEnd(40)}   median      min      max  ms    ratio`);
  contenders.forEach(({ name }, index) => {
    const values = times[index];
    const figures = [median(values), Math.min(...values), Math.max(...values)];
    const ratio = median(values) / median(times[0]);
    console.log(
      name.padEnd(40) + figures.map((one) => one.toFixed(1).padStart(9)).join('') + ratio.toFixed(2).padStart(13));
  });
}

let databases = 0;
function fresh(base, take) {
  const database = `bench_${(databases += 1)}`;
  ask(server, '-c', `create database ${database}`, '-c', `alter database ${database} set search_path = public`);
  try {
    return take(named(base, database));
  } finally {
    ask(server, '-c', `drop database ${database} with (force)`);
  }
}

const there = others.filter(({ needs }) => existsSync(needs));
const missing = others.filter((one) => !there.includes(one)).map(({ name }) => name);
if (missing.length > 0) console.log(`not installed here: ${missing.join(', ')}`);
const fast = there.filter(({ name }) => name !== 'Sqitch');

const two = write('two-hundred', 200);
compare('200 migrations, empty database', 5, [ours, psqlSession, ...fast], (one) =>
  fresh(server, (url) => one.run(two, url)));
const slow = there.filter(({ name }) => name === 'Sqitch');
if (slow.length > 0) {
  compare('200 migrations, empty database', 1, [ours, ...slow], (one) => fresh(server, (url) => one.run(two, url)));
}
const select = runner("psql -c 'select 1'", psql, (root, url) => ['-qX', url, '-c', 'select 1']);
{
  // Each finds its own applied.
  const all = [ours, ...there];
  const urls = new Map();
  for (const one of [...all, select]) {
    const database = `bench_${(databases += 1)}`;
    ask(server, '-c', `create database ${database}`, '-c', `alter database ${database} set search_path = public`);
    urls.set(one, named(server, database));
    if (one !== select) one.run(two, urls.get(one));
  }
  compare('nothing pending, 200 applied', 11, [all[0], select, ...all.slice(1)], (one) => one.run(two, urls.get(one)));
}

const { hostname, port } = parts(server);
const link = spawn(proxy, [hostname, port, '5'], { stdio: ['pipe', 'pipe', 'inherit'] });
const far = await new Promise((resolve) => {
  link.stdout.setEncoding('utf8').once('data', (text) => resolve(server.replace(`:${port}`, `:${text.trim()}`)));
});
for (const [count, root] of [[50, write('fifty', 50)], [200, two]]) {
  compare(`${count} migrations over a link of 5 ms`, 3, [ours, psqlSession, ...fast], (one) =>
    fresh(far, (url) => one.run(root, url)));
}
link.stdin.end();

const thousands = write('two-thousand', 2000);
const plan = runner('migrate-apply plan', join(bin, 'migrate-apply'), (root) => [
  'plan', '--dir', join(root, 'plain'), '--environment', 'test', '--log-level', 'warning']);
fresh(server, (url) => compare('plan of 2,000 files', 5, [plan], (one) => one.run(thousands, url)));
