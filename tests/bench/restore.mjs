// restore.mjs BIN PSQL URL FOLDER: db-restore of a database of some GB (GIGABYTES, 2 by default):
// wall time, peak memory of the tool, and how long clients that come back again and again got no
// answer at the swap. Nothing fails for being slow.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [bin, psql, server, folder] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(here, '../support/sample-app/'));
const pg = require('pg');
const gigabytes = Number(process.env.GIGABYTES ?? 2);
const url = new URL(server);
url.pathname = '/bench';
mkdirSync(folder, { recursive: true });
const environment = {
  PATH: process.env.PATH,
  HOME: folder,
  DATABASE_URL: url.href,
  BACKUP_DIR: join(folder, 'backups'),
  SLIPWAY_DIR: join(folder, 'records'),
};

function sql(target, text) {
  const run = spawnSync(psql, ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-At', target, '-c', text], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout.trim();
}

/** Runs a tool to its end; returns its wall time in s and its own peak memory in MB. */
function tool(name, args) {
  return new Promise((done, failed) => {
    const began = process.hrtime.bigint();
    const child = spawn(join(bin, name), [...args, '--yes'], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    let memory = 0;
    child.stderr.on('data', (chunk) => { errors = (errors + chunk).slice(-4000); });
    const timer = setInterval(() => {
      try {
        const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
        if (peak) memory = Number(peak[1]) / 1024;
      } catch { /* it has just ended */ }
    }, 50);
    child.on('close', (code) => {
      clearInterval(timer);
      const wall = Number(process.hrtime.bigint() - began) / 1e9;
      if (code === 0) done({ wall, memory });
      else failed(new Error(`${name} ${args.join(' ')} ended with ${code}: ${errors}`));
    });
  });
}

/** Clients that connect, ask and leave; tells their longest time without an answer, in ms. */
class Clients {
  constructor(count) {
    this.gaps = [];
    this.answers = 0;
    this.failures = 0;
    this.running = true;
    this.loops = Array.from({ length: count }, () => this.loop());
  }

  async loop() {
    let last = performance.now();
    while (this.running) {
      const client = new pg.Client({ connectionString: url.href });
      client.on('error', () => {});
      try {
        await client.connect();
        await client.query('select id from accounts where id = 1');
        this.gaps.push(performance.now() - last);
        last = performance.now();
        this.answers += 1;
      } catch {
        this.failures += 1;
      }
      await client.end().catch(() => {});
    }
  }

  async end() {
    this.running = false;
    await Promise.all(this.loops);
    return Math.max(...this.gaps);
  }
}

const metric = (verb, name) => {
  const file = readdirSync(environment.SLIPWAY_DIR).filter((one) => one.startsWith(`db-restore-${verb}.json`)).sort().pop();
  const record = JSON.parse(readFileSync(join(environment.SLIPWAY_DIR, file ?? `db-restore-${verb}.json`), 'utf8'));
  return record.metrics.find((one) => one.name === name)?.value;
};

sql(server, 'create database bench');
sql(url.href, `
create table accounts (id bigint primary key, branch int not null, balance int not null, filler char(84) not null);
create table audit (id bigint generated always as identity primary key, at timestamptz not null, what jsonb not null);
insert into accounts select n, n % 50, 0, '' from generate_series(1, ${Math.round(gigabytes * 3.4e6)}) n;
insert into audit (at, what) select now(), jsonb_build_object('n', n, 'text', repeat(md5(n::text), 9)) from generate_series(1, ${Math.round(gigabytes * 1.2e6)}) n;
create index on audit (at);
do $$ begin for i in 1..100 loop execute format('create table small_%s as select n from generate_series(1, 100) n', i); end loop; end $$;
analyze`);
console.log(`database of ${sql(url.href, "select pg_size_pretty(pg_database_size('bench'))")}`);
const backup = await tool('db-backup', ['create', '--id', 'bench']);
console.log(`${'db-backup'.padEnd(34)}${backup.wall.toFixed(1).padStart(8)} s`);
console.log(`${''.padEnd(34)}    wall  swap   longest gap  answers  refused  memory`);

for (const [name, args, undo] of [
  ['swap of databases, --jobs 2', ['run', '--swap', '--jobs', '2', '--terminate'], ['undo', '--terminate']],
  ['swap of schemas', ['run', '--schema-swap'], ['undo', '--schema-swap']],
  ['one table, --table accounts', ['run', '--table', 'accounts'], undefined],
]) {
  const common = ['--accept-data-loss'];
  const shown = async (title, arguments_, verb) => {
    const clients = new Clients(4);
    const run = await tool('db-restore', [...arguments_, ...common]);
    const gap = await clients.end();
    const swap = metric(verb, 'swap.duration');
    console.log(
      `${title.padEnd(34)}${run.wall.toFixed(1).padStart(6)} s ${String(swap ?? '').padStart(5)} ${gap.toFixed(0).padStart(10)} ms ${String(clients.answers).padStart(8)} ${String(clients.failures).padStart(8)} ${run.memory.toFixed(0).padStart(5)} MB`,
    );
  };
  await shown(name, [...args, '--backup-id', 'bench', '--no-safety-backup'], 'run');
  if (undo) await shown('  undo', undo, 'undo');
  await tool('db-restore', ['retire', ...(name.includes('databases') ? ['--terminate'] : ['--schema-swap'])]);
}
