// What monitor costs: the server's time a sample on a database of 10,000 tables, memory over as many
// samples as two hours at one a second, processor time at a sample every five seconds.
// Arguments: folder of the tools, psql, the server's URL, a folder to work in.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [bin, psql, server, place] = process.argv.slice(2);
const TABLES = 10_000;
const HERTZ = 100; // of /proc/PID/stat
mkdirSync(place, { recursive: true });

function sql(url, text) {
  const run = spawnSync(psql, ['-qXAt', '-v', 'ON_ERROR_STOP=1', url], { input: text, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout.trim();
}

const url = server.replace('/postgres?', '/watched?');
sql(server, 'create database watched');
for (let from = 1; from <= TABLES; from += 500) {
  sql(url, `do $$ begin for i in ${from}..${from + 499} loop
    execute format('create table t%s (id int primary key, body text)', i);
    execute format('insert into t%s select g from generate_series(1, 3) g', i);
  end loop; end $$`);
}
sql(url, 'vacuum analyze');

const service = createServer((_request, answer) => answer.end('ok'));
await new Promise((resolve) => { service.listen(0, '127.0.0.1', resolve); });

/** Runs monitor to its end, telling `look` of its process now and then. */
function monitor(every, seconds, look, interval, database = url) {
  const output = join(place, `record-${every}.json`);
  const child = spawn(join(bin, 'monitor'), [
    '--url', `health=http://127.0.0.1:${service.address().port}/`, '--requests', '1', '--environment', 'test',
    '--for', `${seconds}s`, '--every', every, '--output', output, '--log-level', 'error'], {
    env: { PATH: process.env.PATH, DATABASE_URL: database, SLIPWAY_DIR: place }, stdio: 'ignore' });
  const timer = setInterval(() => look(child.pid), interval);
  return new Promise((resolve) => child.on('close', () => {
    clearInterval(timer);
    resolve(JSON.parse(readFileSync(output, 'utf8')));
  }));
}

const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const used = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / HERTZ;
};
/** The server's process that works for monitor. */
const session = () => Number(sql(server,
  "select pid from pg_stat_activity where datname = 'watched' and application_name like 'slipway/monitor%'"));

// Processor time and not the clock's: another program on the machine is no cost of ours.
for (const [every, seconds] of [['1s', 60], ['30s', 241]]) {
  let pid = 0;
  let last = 0;
  const record = await monitor(every, seconds, () => {
    pid ||= session();
    try {
      last = used(pid);
    } catch { /* it has ended */ }
  }, 1000);
  const each = (1000 * last / record.data.samples).toFixed(1);
  console.log(`${TABLES} tables, a sample every ${every}: ${each} ms of the server's processor time a sample`
    + ` (${record.data.samples} samples)`);
}
{
  let last = 0;
  const record = await monitor('5s', 120, (pid) => { last = used(pid); }, 1000);
  console.log(`a sample every 5 s: ${last.toFixed(2)} s of processor time in 120 s`
    + ` (${(100 * last / 120).toFixed(2)} % of a core, ${record.data.samples} samples)`);
}
{
  const line = [];
  const record = await monitor('20ms', 150, (pid) => line.push(resident(pid).toFixed(1)), 10_000, server);
  console.log(`memory over ${record.data.samples} samples (two hours at one a second are 7,200), MB every`
    + ` ten seconds: ${line.join(' ')}`);
}
service.close();
