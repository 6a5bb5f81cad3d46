// Records of a deployment as the tools write them, for what judges and measures the reports: a good
// one, a failed one, one full of what foreign text may hold, and a large one.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const start = Date.parse('2026-01-31T10:00:00.000Z');
const at = (ms) => new Date(start + ms).toISOString();

export const hostile =
  '<script>alert(1)</script><img src=x onerror=alert(2)> "quoted" \'single\' a|b ]]> line\nbreak \u001b[31m ' +
  '<!channel> <@U0123456> ${{ secrets.TOKEN }} {{{html}}} [l](javascript:alert(3)) `x` *b* @octocat #123 \u202e 🚢 ' +
  '</style></title>\\ %0A::error::x &amp; =?UTF-8?Q?x?= \r\nBcc: evil@example.com';

export const run = {
  id: '4711', attempt: 1, job: 'deploy', name: 'shop', environment: 'staging',
  commit: '3f2a9c1d5e7b3f2a9c1d5e7b3f2a9c1d5e7b3f2a', ci: 'github',
  url: 'https://github.com/octo-org/shop/actions/runs/4711', actor: 'octocat',
};

const exits = { passed: 0, warned: 0, skipped: 0, failed: 1, error: 3, refused: 4 };

export function record(tool, from, length, more = {}) {
  const status = more.status ?? 'passed';
  return {
    schema: 'slipway/record/1', tool, version: '0.1.0', run, command: '', status,
    exit_code: exits[status], dry_run: false, target: null, summary: `${tool} did what it should`,
    started_at: at(from), finished_at: at(from + length), duration_ms: length,
    checks: [], metrics: [], artifacts: [], inputs: [], error: null, data: {}, ...more,
  };
}

export const check = (id, status = 'passed', more = {}) => ({
  id, title: `title of ${id}`, status, severity: 'major', message: '', expected: null, actual: null,
  hint: '', duration_ms: 12, ...more,
});

/** Writes the record and returns it as an input of a later one. */
export function keep(folder, file, content) {
  mkdirSync(folder, { recursive: true });
  const text = `${JSON.stringify(content, null, 2)}\n`;
  writeFileSync(join(folder, file), text);
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { tool: content.tool, path: file, sha256, status: content.status };
}

function series(name, unit, labels, count, value) {
  const samples = Array.from({ length: count }, (_, i) => [at(20_000 + i * 1000), value(i)]);
  return { name, unit, labels, samples };
}

const curves = () => [
  series('http.latency', 'ms', { endpoint: '/health', quantile: 'p95' }, 300, (i) => 42 + 9 * Math.sin(i / 9) + (i > 180 ? 25 : 0)),
  series('http.errors', 'ratio', { endpoint: '/health' }, 300, (i) => (i > 180 && i % 17 === 0 ? 0.02 : 0.001)),
  series('db.connections', '', {}, 300, (i) => 18 + (i % 7)),
  series('db.table_bytes', 'bytes', { table: 'orders' }, 300, (i) => 412_000_000 + i * 90_000),
];

/** A deployment of five steps; the migration fails where `failed`. */
export function deployment(folder, { failed = false } = {}) {
  const archive = 'an archive\n';
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'shop.tar'), archive);
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const preflight = keep(folder, 'preflight.json', record('preflight', 0, 2_400, {
    status: 'warned',
    checks: [...Array.from({ length: 36 }, (_, i) => check(`preflight.${i}`)),
      check('git.branch', 'warned', { severity: 'minor', message: 'the branch is not main', hint: 'Deploy from `main`.' })],
  }));
  const backup = keep(folder, 'db-backup.json', record('db-backup', 2_500, 9_100, {
    command: 'create', inputs: [preflight],
    artifacts: [{ kind: 'backup', path: 'shop.tar', bytes: archive.length, sha256 }],
    data: { backup: { id: 'shop-staging-20260131T100002Z', kind: 'full', level: 'restored', database_bytes: 412_000_000 } },
    checks: [check('archive.readable'), check('restore.rows')],
  }));
  const migrations = [
    { id: '001_users', file: 'migrations/001_users.sql', checksum: 'a1b2c3d4e5f60718', status: 'applied', duration_ms: 300, this_run: true },
    { id: '002_orders', file: 'migrations/002_orders.sql', checksum: 'b2c3d4e5f60718a1', status: failed ? 'failed' : 'applied', duration_ms: 800, this_run: true },
  ];
  const migrate = keep(folder, 'migrate-apply.json', record('migrate-apply', 12_000, 4_300, {
    command: 'apply', inputs: [backup], data: { migrations },
    checks: [check('lint.lock', failed ? 'failed' : 'warned', {
      severity: 'critical', message: 'takes ACCESS EXCLUSIVE on orders', hint: 'Add the column without a default first.',
      where: { file: 'migrations/002_orders.sql', line: 7 } })],
    ...(failed && {
      status: 'failed', summary: 'Stopped at 002_orders',
      error: { kind: 'failed', message: 'column "total" does not exist', hint: 'Mend the statement, and run it again.',
        sqlstate: '42703', where: { file: 'migrations/002_orders.sql', line: 12, column: 8 } },
    }),
  }));
  if (failed) {
    keep(folder, 'rollback.json', record('rollback', 17_000, 6_000, { command: 'run', inputs: [migrate, backup], summary: 'Restored shop from its backup' }));
    return;
  }
  keep(folder, 'smoke-http.json', record('smoke-http', 17_000, 3_000, { inputs: [migrate], checks: Array.from({ length: 24 }, (_, i) => check(`smoke.${i}`)) }));
  keep(folder, 'monitor.json', record('monitor', 20_000, 300_000, { metrics: curves(), checks: [check('latency.p95')] }));
}

/** Every field that takes foreign text full of it, and two megabytes of log in one message. */
export function poisoned(folder) {
  const log = `${hostile}\n`.repeat(Math.ceil(2_000_000 / Buffer.byteLength(`${hostile}\n`)));
  const bad = check(hostile, 'failed', {
    title: hostile, message: log, hint: hostile, actual: hostile, expected: hostile, severity: 'critical',
    where: { file: `migrations/${hostile}.sql`, line: 3 } });
  keep(folder, 'poison.json', record('smoke-http', 0, 5_000, {
    command: hostile, status: 'failed', summary: hostile,
    run: { ...run, name: hostile, actor: hostile, url: 'javascript:alert(document.domain)', job: hostile },
    checks: [bad, ...['warned', 'skipped', 'undecided', 'passed'].map((status) => ({ ...bad, message: hostile, status }))],
    metrics: [
      { name: hostile, unit: hostile, labels: { [hostile]: hostile }, value: 1 },
      { name: hostile, unit: hostile, samples: [[at(0), 1], [at(9), 2]] }],
    artifacts: [{ kind: hostile, path: hostile, bytes: 1, sha256: 'c'.repeat(64) }],
    inputs: [{ tool: hostile, path: hostile, sha256: 'd'.repeat(64), status: 'passed' }],
    error: { kind: 'failed', message: hostile, hint: hostile, sqlstate: '42601', where: { file: hostile, line: 1 } },
  }));
  keep(folder, 'note.json', record('report-render', 6_000, 1, {
    command: 'note', data: { note: { kind: 'observation', text: hostile, person: hostile, role: hostile, good: true } } }));
}

/** So many checks and samples, over a hundred steps. */
export function large(folder, { checks = 10_000, samples = 100_000, bad = 100 } = {}) {
  const steps = 100;
  for (let step = 0; step < steps; step += 1) {
    const own = Array.from({ length: checks / steps }, (_, i) => {
      const number = step * (checks / steps) + i;
      return check(`suite-${step}.case-${i}`, number % Math.ceil(checks / bad) === 0 ? 'failed' : 'passed', {
        message: `it looked at ${number} of ${checks}`, hint: 'Look at the log of the step.',
        where: { file: `tests/suite-${step}.sql`, line: i + 1 } });
    });
    const metrics = Array.from({ length: 2 }, (_, i) =>
      series(`metric-${i}`, 'ms', { step: String(step) }, samples / steps / 2, (n) => 10 + (n % 31)));
    keep(folder, `step-${step}.json`, record('test-run', step * 100, 90, {
      run: { ...run, job: `job-${step}` }, status: own.some((one) => one.status === 'failed') ? 'failed' : 'passed', checks: own, metrics }));
  }
}
