// measure.mjs start BIN | migrate BIN PSQL URL FOLDER: wall times of whole programs, in ms, taken
// in turns so that a busy moment of the machine meets all of them.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [bench, bin, psql, server, folder] = process.argv.slice(2);

/** Milliseconds of one run of a program, which must succeed. */
function timed(command, args, options = {}) {
  const start = process.hrtime.bigint();
  const run = spawnSync(command, args, { encoding: 'utf8', ...options });
  const taken = Number(process.hrtime.bigint() - start) / 1e6;
  if (run.status !== 0) {
    throw new Error(`${command} ${args.join(' ')} ended with ${run.status}: ${run.stderr}`);
  }
  return taken;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function row(name, values) {
  const figures = [median(values), Math.min(...values), Math.max(...values)];
  console.log(name.padEnd(34) + figures.map((one) => one.toFixed(1).padStart(9)).join(''));
}

function head(title, runs) {
  console.log(`${`${title} (${runs} runs)`.padEnd(34)}   median      min      max  ms`);
}

function start() {
  const runs = 20;
  head('--version', runs);
  const tools = readdirSync(bin).sort();
  const times = new Map(tools.map((tool) => [tool, []]));
  for (let run = 0; run < runs; run += 1) {
    for (const tool of tools) times.get(tool).push(timed(join(bin, tool), ['--version']));
  }
  for (const [tool, values] of times) row(tool, values);
}

function compare(title, runs, contenders) {
  head(title, runs);
  const times = contenders.map(() => []);
  for (let run = 0; run < runs; run += 1) {
    contenders.forEach(([, take], index) => times[index].push(take(run)));
  }
  contenders.forEach(([name], index) => row(name, times[index]));
  console.log(`ratio of the medians: ${(median(times[0]) / median(times[1])).toFixed(2)}\n`);
}

function migrate() {
  const migrations = join(folder, 'migrations');
  mkdirSync(migrations, { recursive: true });
  let session = '';
  for (let number = 1; number <= 200; number += 1) {
    const table = `t${number}`;
    const name = join(migrations, `${String(number).padStart(3, '0')}_${table}.sql`);
    writeFileSync(
      name,
      `create table ${table} (id bigint primary key, name text not null);\n` +
        `create index ${table}_name on ${table} (name);\n` +
        `alter table ${table} add column at timestamptz not null default now();\n`,
    );
    session += `begin;\n\\i ${name}\ncommit;\n`;
  }
  const script = join(folder, 'all.sql');
  writeFileSync(script, session);

  const url = (database) => server.replace('/postgres?', `/${database}?`);
  const ask = (...args) => timed(psql, ['-qX', '-v', 'ON_ERROR_STOP=1', ...args]);
  const ours = (database) =>
    timed(join(bin, 'migrate-apply'), ['--dir', migrations, '--environment', 'test'], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, DATABASE_URL: url(database) },
    });
  const fresh = (database, take) => {
    ask(server, '-c', `create database ${database}`);
    try {
      return take(database);
    } finally {
      ask(server, '-c', `drop database ${database}`);
    }
  };

  compare('200 migrations, empty database', 5, [
    ['migrate-apply', (run) => fresh(`ours_${run}`, ours)],
    ['psql, BEGIN and COMMIT a file', (run) => fresh(`psql_${run}`, (one) => ask(url(one), '-f', script))],
  ]);
  fresh('applied', (database) => {
    ours(database);
    compare('nothing pending, 200 applied', 20, [
      ['migrate-apply', () => ours(database)],
      ["psql -c 'select 1'", () => ask(url(database), '-c', 'select 1')],
    ]);
  });
}

if (bench === 'start') start();
else migrate();
