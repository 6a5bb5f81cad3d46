// preflight.mjs BIN PSQL SERVER FOLDER: all groups of checks on the demo's database, 15 runs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [bin, psql, server, folder] = process.argv.slice(2);
const app = fileURLToPath(new URL('../support/sample-app', import.meta.url));
const url = server.replace(/\/postgres(?=\?|$)/, '/shop');
execFileSync(psql, ['-qX', '-c', 'create database shop', server]);
execFileSync(psql, ['-qX', '-f', join(app, 'db/base.sql'), '-f', join(app, 'db/seed.sql'), url], { stdio: 'ignore' });
const work = join(folder, 'work');
mkdirSync(work);
const env = { ...process.env, DATABASE_URL: url, SLIPWAY_DIR: join(work, 'out'), SLIPWAY_ENVIRONMENT: 'staging' };
const run = (tool, ...args) => execFileSync(join(bin, tool), args, { env, stdio: 'ignore', cwd: fileURLToPath(new URL('../..', import.meta.url)) });
run('db-backup', '--to', join(work, 'backups'));
const times = [];
for (let i = 0; i < 15; ++i) {
  const started = process.hrtime.bigint();
  run('preflight', '--migrations', join(app, 'prisma/migrations'), '--migrations', join(app, 'migrations'), '--backup-to', join(work, 'backups'));
  times.push(Number(process.hrtime.bigint() - started) / 1e6);
}
times.sort((a, b) => a - b);
const { counts } = JSON.parse(readFileSync(join(work, 'out/preflight.json'), 'utf8')).data;
console.log(`looked at ${counts.passed + counts.warned + counts.failed + counts.undecided} of the checks`);
console.log('| median | min | max ms |\n| ---: | ---: | ---: |');
console.log(`| ${times[7].toFixed(0)} | ${times[0].toFixed(0)} | ${times[14].toFixed(0)} |`);
