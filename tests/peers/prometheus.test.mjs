// monitor --listen and --openmetrics before the real Prometheus: promtool judges the text and the
// shipped rules, the server scrapes it, evaluates the rules and answers what the dashboard asks.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const examples = new URL('../../docs/examples/prometheus/', import.meta.url).pathname;
const rules = join(examples, 'slipway-monitor.rules.yml');
const children = [];
let folder;
let service;
let fails = false;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-prometheus-'));
  service = createServer((_request, answer) => answer.writeHead(fails ? 500 : 200).end('ok'));
  await new Promise((resolve) => { service.listen(0, '127.0.0.1', resolve); });
});

after(async () => {
  for (const child of children) {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.on('close', resolve));
    }
  }
  service.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(command, args, env = {}) {
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  child.log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { child.log += text; });
  children.push(child);
  return child;
}

/** Asks again until there is an answer; only the end of the child that is asked ends it. */
async function until(child, ask) {
  for (;;) {
    const found = await ask().catch(() => undefined);
    if (found !== undefined) return found;
    assert.equal(child.exitCode, null, child.log);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function watch(name, ...more) {
  const url = `health=http://127.0.0.1:${service.address().port}/`;
  mkdirSync(join(folder, name));
  return start(
    join(process.env.BIN, 'monitor'),
    ['--url', url, '--for', '10m', '--every', '200ms', '--environment', 'test', ...more],
    { SLIPWAY_DIR: join(folder, name), DATABASE_URL: process.env.SERVER_URL },
  );
}

async function scraped(child) {
  const address = await until(child, async () => child.log.match(/metrics are at (http:\S+)/)?.[1]);
  return until(child, async () => {
    const text = await (await fetch(address)).text();
    return text.includes('slipway_http_latency_p95_seconds') ? { address, text } : undefined;
  });
}

test('promtool accepts the metrics as they are served and as they are written, and the rules', async () => {
  const file = join(folder, 'metrics.prom');
  const child = watch('text', '--listen', '127.0.0.1:0', '--openmetrics', file);
  const { address, text } = await scraped(child);
  for (const input of [text, readFileSync(file, 'utf8')]) {
    const check = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    assert.equal(check.status, 0, check.stdout + check.stderr);
    assert.equal(check.stderr.trim(), '');
  }
  const open = await fetch(address, { headers: { accept: 'application/openmetrics-text; version=1.0.0' } });
  assert.match(open.headers.get('content-type'), /^application\/openmetrics-text; version=1\.0\.0/);
  const check = spawnSync('promtool', ['check', 'rules', rules], { encoding: 'utf8' });
  assert.equal(check.status, 0, check.stdout + check.stderr);
});

test('a real Prometheus scrapes it, evaluates the rules and answers the dashboard', async () => {
  const child = watch('scrape', '--listen', '127.0.0.1:0');
  const { address } = await scraped(child);
  const port = await new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const found = probe.address().port;
      probe.close(() => resolve(found));
    });
  });
  writeFileSync(join(folder, 'prometheus.yml'), `
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [${rules}]
scrape_configs:
  - job_name: slipway
    static_configs: [{ targets: ['${new URL(address).host}'] }]
`);
  const server = start('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn']);
  const ask = async (path) => (await (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json()).data;
  const query = async (text) => (await ask(`query?query=${encodeURIComponent(text)}`)).result;

  const up = await until(server, async () => {
    const found = await query('up{job="slipway"} == 1');
    return found.length === 1 ? found : undefined;
  });
  assert.equal(up[0].value[1], '1');
  const latency = await until(server, async () => (await query('slipway_http_latency_p95_seconds'))[0]);
  assert.equal(latency.metric.endpoint, 'health');
  assert.ok(Number(latency.value[1]) > 0 && Number(latency.value[1]) < 10);

  fails = true;
  await until(server, async () => {
    const { alerts } = await ask('alerts');
    return alerts.find((each) => each.labels.alertname === 'SlipwayMetricCritical'
      && each.labels.metric === 'http.error_rate' && each.state === 'firing');
  });
  fails = false;

  // Each of the dashboard's queries is valid; those on what this watch sees have an answer.
  const dashboard = JSON.parse(readFileSync(join(examples, 'grafana-dashboard.json'), 'utf8'));
  const queries = dashboard.panels.flatMap((panel) => panel.targets.map((target) => target.expr));
  assert.ok(queries.length > 20);
  let answered = 0;
  for (const each of queries) answered += (await query(each)).length > 0 ? 1 : 0;
  assert.ok(answered > 15, `${answered} of ${queries.length}`);
});
