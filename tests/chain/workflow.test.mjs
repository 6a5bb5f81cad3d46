// The reusable workflow, called as an application calls it: its jobs run one after the other with
// the real tools, a real PostgreSQL and the real sample application.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deployByWorkflow, results } from '../support/actions/caller.mjs';
import { bad, recordsBelow } from '../support/actions/records.mjs';
import { Site } from '../support/actions/site.mjs';

const untouched = { application: 'skipped', 'post-validation': 'skipped', notification: 'success' };

test('the workflow deploys the application, and its records prove it', async (t) => {
  const site = Site.open(t);
  const run = await deployByWorkflow(site, { inputs: { rehearse: true } });
  assert.deepEqual(results(run), {
    validation: 'success',
    tests: 'success',
    approval: 'skipped',
    backup: 'success',
    migration: 'success',
    application: 'success',
    'post-validation': 'success',
    notification: 'success',
  });
  assert.equal(await site.version(), '2.0.0');
  assert.equal(site.query('select count(*) from slipway.migrations'), '2');
  assert.notEqual(site.query('select count(*) from profile_links'), '0');

  const stages = ['application', 'backup', 'migration', 'notification', 'post-validation', 'validation'];
  assert.deepEqual(
    readdirSync(run.artifacts).sort(),
    stages.map((stage) => `slipway-staging-${stage}-1`),
  );
  const records = recordsBelow(run.artifacts);
  assert.deepEqual(bad(records), []);
  assert.deepEqual([...new Set(Object.values(records).map((record) => record.run.id))], ['4711']);
  assert.equal(records['db-backup-create'].run.job, 'backup');
  // What was planned, and after which backup.
  const applied = records['migrate-apply-apply'];
  assert.ok(['db-backup', 'migrate-apply'].every((tool) => applied.inputs.some((input) => input.tool === tool)));
  assert.equal(records['report-render-render'].inputs.length >= 9, true);

  const report = join(run.artifacts, run.jobs.staging.outputs.report);
  assert.match(readFileSync(join(report, 'report.md'), 'utf8'), /Deployment to staging: success/);
  for (const name of ['report.html', 'junit.xml']) assert.ok(existsSync(join(report, name)), name);
  assert.match(run.stages.notification.summary, /Deployment to staging: success/);
  assert.deepEqual(run.stages.notification.steps.find((step) => step.id === 'report').outputs.status, 'passed');
  // No dump in an artifact, and nothing secret in artifacts or logs.
  const files = readdirSync(run.artifacts, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.deepEqual(
    files.filter((entry) => entry.name.endsWith('.tar')),
    [],
  );
  const told = files.map((entry) => readFileSync(join(entry.path, entry.name), 'utf8'));
  const all = [...told, ...Object.values(run.stages).map((job) => job.log ?? '')].join('\n');
  for (const secret of Object.values(site.secrets).slice(0, 2)) assert.ok(!all.includes(secret), secret);
});

test('it may run once an environment at a time, waits in order, and asks for little', async (t) => {
  const site = Site.open(t);
  const run = await deployByWorkflow(site, { inputs: { 'skip-tests': true, 'skip-tests-reason': ' ' } });
  assert.deepEqual(run.jobs.staging.concurrency, { group: 'slipway-staging-', 'cancel-in-progress': false, queue: 'max' });
  assert.deepEqual(run.stages.validation.permissions, { contents: 'read' });
  assert.equal(run.stages.validation.environment, 'staging');
  // That run wanted to skip the tests and gave no reason.
  assert.equal(run.stages.validation.result, 'failure');
  assert.match(run.stages.validation.annotations[0].message, /skip-tests wants a reason/);
  assert.deepEqual({ ...results(run), ...untouched }, results(run));
  assert.equal(results(run).backup, 'skipped');
});

test('a failing migration stops the later stages, and the notification still runs', async (t) => {
  const site = Site.open(t);
  site.breakMigrations();
  const run = await deployByWorkflow(site);
  assert.deepEqual({ ...results(run), ...untouched, migration: 'failure', backup: 'success' }, results(run));
  assert.equal(run.result, 'failure');
  assert.equal(await site.version(), '1.0.0');
  const place = run.stages.migration.annotations.find((annotation) => annotation.file);
  assert.equal(place.level, 'error');
  assert.match(place.file, /^migrations\/003_.*\.sql$/);
  assert.ok(Number(place.line) > 0);
  const failed = recordsBelow(run.artifacts)['more-migrate-apply'];
  assert.equal(failed.status, 'failed');
  assert.match(run.stages.notification.summary, /Deployment to staging: failure/);
});

test('a rejected approval leaves everything as it was', async (t) => {
  const site = Site.open(t);
  const run = await deployByWorkflow(site, {
    inputs: { 'approval-environment': 'staging-approval' },
    environments: { 'staging-approval': { approve: () => false } },
  });
  assert.deepEqual({ ...results(run), ...untouched, approval: 'failure', backup: 'skipped', migration: 'skipped' }, results(run));
  assert.equal(site.query("select to_regnamespace('slipway') is null"), 't');
});

test('the deployment is watched, against how it was before', async (t) => {
  const site = Site.open(t);
  // Without the suite, which would use up the rate limit of the endpoint that is watched.
  const inputs = { 'baseline-for': '5s', 'monitor-for': '5s', 'monitor-every': '1s', 'smoke-suite': '' };
  const run = await deployByWorkflow(site, { inputs });
  assert.equal(run.result, 'success', JSON.stringify(results(run)));
  const { 'monitor-run': monitor, 'monitor-baseline': baseline } = recordsBelow(run.artifacts);
  assert.deepEqual([baseline.status, baseline.run.job], ['passed', 'validation']);
  assert.ok(monitor.inputs.some((input) => input.tool === 'monitor' && input.status === 'passed'));
  assert.equal(recordsBelow(run.artifacts)['report-render-render'].status, 'passed');
});

test('the tests of the project run before anything is changed', async (t) => {
  const site = Site.open(t);
  const run = await deployByWorkflow(site, { inputs: { 'test-command': 'exit 1' } });
  assert.deepEqual({ ...results(run), ...untouched, tests: 'failure', backup: 'skipped', migration: 'skipped' }, results(run));
});
