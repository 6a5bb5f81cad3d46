// backup.mjs BIN PGBIN URL POSTMASTER FOLDER: db-backup against pg_dump and the pipes that people
// build of it, on a database with one dominant table of more than 1 GB, taken in turns so that a
// busy moment of the machine meets all of them. Nothing fails for being slow. ROUNDS, ROWS and ONLY (a
// pattern of names) change what is run.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';

const [bin, pgbin, server, postmaster, folder] = process.argv.slice(2);
const rounds = Number(process.env.ROUNDS ?? 3);
const rows = Number(process.env.ROWS ?? 2_600_000);
const url = server.replace(/\/postgres(\?|$)/, '/bench_backup$1');
const out = join(folder, 'out');
const ticks = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout);

function psql(target, ...statements) {
  const run = spawnSync(
    join(pgbin, 'psql'),
    ['-qXAt', '-v', 'ON_ERROR_STOP=1', target, ...statements.flatMap((one) => ['-c', one])],
    { encoding: 'utf8' },
  );
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout.trim();
}

function fill() {
  psql(server, 'create database bench_backup');
  psql(
    url,
    `create table audit (id bigint primary key, at timestamptz not null, actor uuid not null,
       action text not null, detail jsonb not null, note text)`,
    `insert into audit select n, timestamptz '2024-01-01' + n * interval '7 seconds',
       md5((n % 5000)::text)::uuid, (array['create', 'update', 'delete', 'read'])[1 + n % 4],
       jsonb_build_object('ip', '10.0.' || n % 256 || '.' || n % 199, 'session', md5(n::text),
         'fields', jsonb_build_array('name', 'email', md5((n * 3)::text)), 'ok', n % 17 <> 0),
       'the record was changed by the nightly job and reviewed, reference '
         || md5((n * 7)::text) || repeat(' see the manual of operations', (n % 3)::int)
       from generate_series(1, ${rows}) n`,
    ...Array.from({ length: 40 }, (_, n) => `create table small_${n} as select g as id, md5(g::text) as name
       from generate_series(1, 500) g`),
    'vacuum (freeze, analyze)',
    'checkpoint',
  );
}

/** CPU seconds of the backends that have ended: what the postmaster has reaped. */
function serverCpu() {
  const fields = readFileSync(`/proc/${postmaster}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[13]) + Number(fields[14])) / ticks;
}

/** Resident memory, in bytes, of a process and all that it started. */
function memoryOf(root) {
  const parents = new Map();
  const memory = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      parents.set(Number(pid), Number(/^PPid:\s+(\d+)/m.exec(status)[1]));
      memory.set(Number(pid), Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024);
    } catch {
      // It has ended meanwhile.
    }
  }
  const family = new Set([root]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const [pid, parent] of parents) {
      if (family.has(parent) && !family.has(pid)) grown = family.add(pid) !== undefined;
    }
  }
  return [...family].reduce((sum, pid) => sum + (memory.get(pid) ?? 0), 0);
}

function sizeOf(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  return stat.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0) : stat.size;
}

/** Runs a shell command: wall seconds, CPU seconds of client and server, peak memory, size. */
async function measure(command) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  spawnSync('sync');
  const before = serverCpu();
  const start = process.hrtime.bigint();
  const child = spawn('bash', ['-c', `set -o pipefail; ${command}; code=$?; times >&3; exit $code`], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, DATABASE_URL: url, URL: url, OUT: out, PATH: `${pgbin}:${process.env.PATH}`, SLIPWAY_DIR: out },
  });
  let errors = '';
  let times = '';
  child.stderr.on('data', (data) => { errors += data; });
  child.stdio[3].on('data', (data) => { times += data; });
  let memory = 0;
  const watch = setInterval(() => { memory = Math.max(memory, memoryOf(child.pid)); }, 100);
  const code = await new Promise((resolve) => { child.on('close', resolve); });
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${errors}`);
  const client = [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + m * 60 + Number(s), 0);
  await new Promise((resolve) => { setTimeout(resolve, 300); }); // the backends end, too
  return { wall, client, server: serverCpu() - before, memory, size: sizeOf(out) };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

fill();
const pages = Number(psql(url, "select pg_relation_size('audit') / 8192"));
const half = pages >> 1;
const copy = (where) => `psql -qX "$URL" -c "copy (select * from only audit where ${where}) to stdout" >/dev/null`;
const backup = `${join(bin, 'db-backup')} --environment test --to "$OUT" --log-level warning`;
const only = new RegExp(process.env.ONLY ?? '');
const contenders = [
  ['db-backup', `${backup} --jobs 2`],
  ['db-backup --format dir', `${backup} --jobs 2 --format dir`],
  ['COPY to /dev/null, 2 connections', `${copy(`ctid < '(${half},0)'`)} & ${copy(`ctid >= '(${half},0)'`)} && wait $!`],
  ['COPY to /dev/null, 1 connection', copy('true')],
  ['pg_dump | gzip -6', 'pg_dump "$URL" | gzip -6 >"$OUT/a.sql.gz"'],
  ['pg_dump -Fc', 'pg_dump -Fc "$URL" >"$OUT/a.dump"'],
  ['pg_dump -Fc -Z0 | zstd -1 -T0', 'pg_dump -Fc -Z0 "$URL" | zstd -q -1 -T0 >"$OUT/a.dump.zst"'],
  ['pg_dump -Fd -j2', 'pg_dump -Fd -j2 -f "$OUT/a" "$URL"'],
  ['pg_dump -Fd -j2 -Z1', 'pg_dump -Fd -j2 -Z1 -f "$OUT/a" "$URL"'],
  ['db-backup --engine pg_dump', `${backup} --jobs 2 --engine pg_dump`],
].filter(([name], index) => index === 0 || only.test(name));
const results = contenders.map(() => []);
const loads = [];
await measure(copy('true')); // all pages in memory
for (let round = 0; round < rounds; round += 1) {
  for (const [index, [, command]] of contenders.entries()) {
    loads.push(loadavg()[0]);
    results[index].push(await measure(command));
  }
}
const first = results[0];
const at = (values, field) => median(values.map((one) => one[field]));
const cpu = (values) => median(values.map((one) => one.client + one.server));
console.log(`table of ${(pages * 8192 / 1e9).toFixed(2)} GB, ${rounds} rounds, load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}; CPU: client + server`);
console.log(`${''.padEnd(34)}wall s   min    max  CPU s client server  MB RAM MB size  wall to ours  CPU to ours  client to ours`);
contenders.forEach(([name], index) => {
  const values = results[index];
  const walls = values.map((one) => one.wall);
  const cells = [
    at(values, 'wall').toFixed(1).padStart(6), Math.min(...walls).toFixed(1).padStart(6),
    Math.max(...walls).toFixed(1).padStart(7), cpu(values).toFixed(1).padStart(7),
    at(values, 'client').toFixed(1).padStart(7), at(values, 'server').toFixed(1).padStart(7),
    (at(values, 'memory') / 1e6).toFixed(0).padStart(8), (at(values, 'size') / 1e6).toFixed(1).padStart(8),
    (at(values, 'wall') / at(first, 'wall')).toFixed(2).padStart(14), (cpu(values) / cpu(first)).toFixed(2).padStart(13),
    (at(values, 'client') / at(first, 'client')).toFixed(2).padStart(16)];
  console.log(name.padEnd(34) + cells.join(''));
});
