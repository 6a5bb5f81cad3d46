// monitor beside the real sources: PM2 with an application that fails, a Prometheus server, and a
// journal of systemd, read by journalctl.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { run, start } from './tools.mjs';

let folder;
const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });

before(() => { folder = mkdtempSync(join(tmpdir(), 'slipway-sources-')); });
after(() => rmSync(folder, { recursive: true, force: true }));

const until = async (what, test) => {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await test()) return;
    await sleep(100);
  }
  assert.fail(`waited a minute for ${what}`);
};

const watch = (sources, env = {}, length = '6s') => {
  writeFileSync(join(folder, 'sources.json'), JSON.stringify(sources));
  return ['monitor', ['--sources', join(folder, 'sources.json'), '--every', '500ms', '--each', '20s', '--for', length],
    { folder, env }];
};

const metric = (result, name, endpoint) =>
  result.record.data.metrics.find((each) => each.name === name && each.endpoint === endpoint);

test('an application of PM2 is followed through its files, its restarts and a flush', async () => {
  const pm2 = resolve('tests/peers/node_modules/.bin/pm2');
  const env = { PM2_HOME: join(folder, 'pm2'), PATH: `${resolve('tests/peers/node_modules/.bin')}:${process.env.PATH}` };
  const call = (...args) => spawnSync(pm2, args, { env: { ...process.env, ...env }, encoding: 'utf8', cwd: folder });
  writeFileSync(join(folder, 'shop.mjs'), `
    let n = 0;
    setInterval(() => {
      console.log('request', n += 1);
      if (n === 20) console.error(new TypeError('stock is undefined').stack);
    }, 100);
    process.on('SIGUSR2', () => { throw new Error('thrown away by a test'); });`);
  try {
    assert.equal(call('start', 'shop.mjs', '--name', 'shop', '--merge-logs').status, 0);
    const list = JSON.parse(call('jlist').stdout.split('\n').find((line) => line.startsWith('[{')));
    assert.equal(list[0].pm2_env.status, 'online');
    const [tool, args, options] = watch({ log: [{ pm2: 'shop', from: 'start' }] }, env, '12s');
    const { done } = start(tool, args, options);
    await until('the trace', () => readFileSync(list[0].pm2_env.pm_err_log_path, 'utf8').includes('stock'));
    await sleep(1500); // it is read
    assert.equal(call('flush', 'shop').status, 0); // truncates both files
    const result = await done;
    assert.equal(result.code, 0, result.log);
    const logs = Object.fromEntries(result.record.data.logs.map((each) => [each.name, each]));
    assert.deepEqual(Object.keys(logs), ['shop-error', 'shop-out']);
    assert.equal(logs['shop-error'].classes.error, 1, result.text);
    assert.match(logs['shop-error'].groups[0].text, /TypeError: stock is undefined\n    at/);
    assert.ok(logs['shop-out'].lines > 30, result.text);
    assert.equal(metric(result, 'pm2.up', 'shop').last, 1);
    assert.match(result.log, /log\.shop-out: truncated/);
  } finally {
    call('kill');
  }
});

test('a query of a real Prometheus is a metric, and one without an answer a gap', async () => {
  const port = await new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => done(free));
    });
  });
  const config = join(folder, 'prometheus.yml');
  writeFileSync(config, `scrape_configs:
  - job_name: self
    scrape_interval: 1s
    static_configs: [{targets: ['127.0.0.1:${port}']}]
`);
  const server = spawn('prometheus', [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  try {
    await until('the first scrape', async () => {
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=up`);
        return (await answer.json()).data.result.length === 1;
      } catch {
        return false;
      }
    });
    const result = await run(...watch({
      prometheus: {
        url: `http://127.0.0.1:${port}`,
        queries: { up: 'sum(up)', two: 'vector(1) or on() vector(2)', scalar: 'scalar(vector(7))', none: 'no_such_metric', wrong: 'sum(', many: 'prometheus_http_requests_total' },
      },
    }));
    assert.equal(result.code, 0, result.log);
    assert.equal(metric(result, 'prometheus.value', 'up').last, 1);
    assert.equal(metric(result, 'prometheus.value', 'scalar').last, 7);
    const gaps = Object.fromEntries(result.record.data.sources.map((each) => [each.name, each.last_gap]));
    assert.match(gaps['prometheus.none'], /no series/);
    assert.match(gaps['prometheus.wrong'], /parse error/);
    assert.match(gaps['prometheus.many'], /series: write it as sum/);
  } finally {
    server.kill('SIGKILL');
  }
});

test('entries of a journal are events, by their priority too, and the series goes on at its cursor', async () => {
  const remote = '/lib/systemd/systemd-journal-remote';
  assert.ok(existsSync(remote), '.ci/deps peers installs systemd-journal-remote');
  const journals = join(folder, 'journal');
  mkdirSync(journals);
  let number = 0;
  const entry = (message, priority) => {
    number += 1;
    const at = Date.now() * 1000 + number;
    return `__REALTIME_TIMESTAMP=${at}\n__MONOTONIC_TIMESTAMP=${at}\n_BOOT_ID=0123456789abcdef0123456789abcdef\n`
      + `_MACHINE_ID=0123456789abcdef0123456789abcdef\n_SYSTEMD_UNIT=shop.service\nPRIORITY=${priority}\nMESSAGE=${message}\n\n`;
  };
  let files = 0;
  const append = (...entries) => {
    files += 1;
    const made = spawnSync(remote, ['-o', join(journals, `part-${files}.journal`), '-'],
      { input: entries.join(''), encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
  };
  append(entry('ready', 6), entry('it broke', 3), entry('TypeError: x is undefined', 6), entry('    at f (a.js:1:2)', 6));
  const sources = { log: [{ journald: 'shop.service', directory: journals, from: 'start' }] };
  const [tool, args, options] = watch(sources, {}, '2s');
  const series = join(folder, 'journal.ndjson');
  const first = await run(tool, [...args, '--series', series], options);
  assert.equal(first.code, 0, first.log);
  assert.equal(first.record.data.logs[0].name, 'shop');
  assert.equal(first.record.data.logs[0].classes.error, 2, first.text);
  append(entry('ERROR and again', 6));
  const second = await run(tool, [...args, '--series', series], options);
  assert.equal(second.record.data.logs[0].classes.error, 3, second.text);
  assert.equal(second.record.data.logs[0].lines, 5);
  assert.ok(readdirSync(journals).length === 2);
});
