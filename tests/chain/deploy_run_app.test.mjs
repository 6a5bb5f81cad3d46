// The pipelines of docs/examples/ on the sample application: forward, and back again by rule.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { recordsBelow } from '../support/actions/records.mjs';
import { bin, root, Site } from '../support/actions/site.mjs';

const examples = join(root, 'docs/examples/pipelines');
const ownTest = "node --test --test-reporter=junit --test-reporter-destination=\"$TEST_REPORT\" own.test.mjs";

function open(t) {
  const site = Site.open(t);
  mkdirSync(join(site.folder, 'backups'));
  writeFileSync(join(site.repository, 'own.test.mjs'), "import { test } from 'node:test';\ntest('adds', () => {});\n");
  return site;
}

/** Runs an example as a team would, in its repository. */
async function deploy(site, name, args = [], more = {}) {
  const out = join(site.folder, 'out');
  const child = spawn(join(bin, 'deploy-run'), ['run', join(examples, name), '--yes', ...args], {
    cwd: site.repository,
    env: {
      ...site.machine, ...site.secrets, HOME: site.folder, SLIPWAY_DIR: out, DATABASE_URL: site.url, API_BASE: site.api,
      BACKUP_DIR: join(site.folder, 'backups'), MIGRATIONS_DIR: 'prisma/migrations', HEALTH_PATH: '/api/health',
      SMOKE_SUITE: 'smoke/sample-app.yaml', SMOKE_USER: 'smoke@example.com', TEST_COMMAND: ownTest, TEST_REPORT: 'test-report.xml',
      DEPLOY_COMMAND: './deploy-app.sh 2.0.0', ROLLBACK_COMMAND: './deploy-app.sh 1.0.0',
      BASELINE_FOR: '2s', WATCH_FOR: '3s', WATCH_EVERY: '200ms', ...more,
    },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { log += chunk; });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const run = recordsBelow(out)['deploy-run-run'];
  return { code, log, out, run, steps: Object.fromEntries((run?.data.steps ?? []).map((step) => [step.id, step])) };
}

// All content but our own log of what was done.
function content(site) {
  const version = readdirSync('/usr/lib/postgresql').sort((a, b) => b - a)[0];
  const dump = execFileSync(`/usr/lib/postgresql/${version}/bin/pg_dump`, ['--no-owner', '--exclude-schema=slipway', site.url], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return createHash('sha256').update(dump.split('\n').filter((line) => !/^\\(un)?restrict /.test(line)).sort().join('\n')).digest('hex');
}

const report = ({ out }) => readFileSync(join(out, 'report.md'), 'utf8');
const good = (step) => ['passed', 'warned'].includes(step.status);

test('standard.yaml: twelve steps take the application from version 1 to 2', async (t) => {
  const site = open(t);
  // The smoke suite also looks at what the folder of plain SQL makes.
  execFileSync(join(bin, 'migrate-apply'), ['--dir', 'migrations', '--environment', 'staging'], { cwd: site.repository, env: { ...site.machine, DATABASE_URL: site.url, SLIPWAY_DIR: join(site.folder, 'before') }, stdio: 'ignore' });
  const ran = await deploy(site, 'standard.yaml');
  assert.equal(ran.code, 0, ran.log);
  assert.equal(await site.version(), '2.0.0');
  for (const id of ['preflight', 'backup', 'plan', 'rehearse', 'baseline', 'migrate', 'deploy', 'started', 'links', 'tests', 'smoke', 'health', 'watch', 'report', 'notify']) {
    assert.ok(good(ran.steps[id]), `${id}: ${ran.steps[id].status}\n${ran.log}`);
  }
  assert.equal(ran.steps.undo.status, 'skipped');
  assert.match(report(ran), /Deployment of standard to staging/);
  assert.ok(!ran.log.includes(site.secrets.SMOKE_PASSWORD));
});

test('standard.yaml: a bad version is found, and application and database are brought back', async (t) => {
  const site = open(t);
  execFileSync(join(bin, 'migrate-apply'), ['--dir', 'migrations', '--environment', 'staging'], { cwd: site.repository, env: { ...site.machine, DATABASE_URL: site.url, SLIPWAY_DIR: join(site.folder, 'before') }, stdio: 'ignore' });
  const before = content(site);
  const ran = await deploy(site, 'standard.yaml', [], { DEPLOY_COMMAND: './deploy-app.sh 2.0.0 links_delete_noop' });
  assert.equal(ran.code, 1, ran.log);
  assert.equal(ran.steps.smoke.status, 'failed', ran.log);
  assert.ok(good(ran.steps.undo), ran.log);
  assert.equal(ran.steps.watch.status, 'skipped');
  assert.equal(await site.version(), '1.0.0');
  assert.equal(content(site), before);
  assert.match(ran.run.summary, /failed in the step smoke.*undo/);
  assert.ok(good(ran.steps.report));
  assert.match(report(ran), /[Rr]olled back/);
});

test('plain-sql.yaml and prisma.yaml run as they are', async (t) => {
  const site = open(t);
  const plain = await deploy(site, 'plain-sql.yaml', [], { MIGRATIONS_DIR: 'migrations', SLIPWAY_RUN_ID: 'plain' });
  assert.equal(plain.code, 0, plain.log);
  assert.equal(site.query('select count(*) from slipway.migrations'), '2');
  const prisma = await deploy(site, 'prisma.yaml');
  assert.equal(prisma.code, 0, prisma.log);
  assert.equal(await site.version(), '2.0.0');
  assert.equal(site.query('select count(*) from _prisma_migrations where finished_at is not null'), '5');
});

test('emergency.yaml: without the tests only for a reason that somebody answers for', async (t) => {
  const site = open(t);
  const refused = await deploy(site, 'emergency.yaml', ['--skip-tests']);
  assert.equal(refused.code, 4, refused.log);
  assert.equal(await site.version(), '1.0.0');
  const ran = await deploy(site, 'emergency.yaml', ['--skip-tests', '--reason', 'logins fail', '--approved-by', 'Ada Lovelace']);
  assert.equal(ran.code, 0, ran.log);
  assert.equal(await site.version(), '2.0.0');
  assert.deepEqual(ran.run.data.skipped_tests, { reason: 'logins fail', approved_by: 'Ada Lovelace' });
  assert.equal(ran.steps.tests.status, 'skipped');
});
