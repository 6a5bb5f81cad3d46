// What passes between the jobs of the workflow: artifacts in a folder each or merged, and records
// that somebody has changed on the way.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { digest } from '../support/actions/builtins.mjs';
import { deployByWorkflow, results } from '../support/actions/caller.mjs';
import { recordsBelow } from '../support/actions/records.mjs';
import { Site, root } from '../support/actions/site.mjs';

/** Our repository with another deploy.yml. */
function changed(site, change) {
  const folder = join(site.folder, 'slipway');
  mkdirSync(join(folder, '.github/workflows'), { recursive: true });
  cpSync(join(root, 'actions'), join(folder, 'actions'), { recursive: true });
  const text = readFileSync(join(root, '.github/workflows/deploy.yml'), 'utf8');
  const other = change(text);
  assert.notEqual(other, text);
  writeFileSync(join(folder, '.github/workflows/deploy.yml'), other);
  return { 'your-org/shop': site.repository, 'your-org/slipway': folder };
}

/** Changes the record of the backup before `job`; `reupload` as one who may write artifacts. */
const forge = (job, change, { reupload = true } = {}) => ({
  beforeJob: async (name, run) => {
    if (name !== `staging / ${job}`) return;
    const artifact = 'slipway-staging-backup-1';
    const file = join(run.artifacts, artifact, 'db-backup-create.json');
    const record = JSON.parse(readFileSync(file, 'utf8'));
    change(record);
    writeFileSync(file, JSON.stringify(record));
    if (reupload) run.digests[artifact] = digest(join(run.artifacts, artifact));
  },
});

test('the records are found as well when all artifacts are merged into one folder', async (t) => {
  const site = Site.open(t);
  const repositories = changed(site, (text) => text.replaceAll('path: slipway-in }', 'path: slipway-in, merge-multiple: true }'));
  const run = await deployByWorkflow(site, { repositories });
  assert.equal(run.result, 'success', JSON.stringify(results(run)));
  const report = recordsBelow(run.artifacts)['report-render-render'];
  assert.equal(report.status, 'passed');
  assert.ok(report.inputs.length >= 8);
});

test('an artifact that was changed where it is kept is not downloaded', async (t) => {
  const site = Site.open(t);
  const run = await deployByWorkflow(
    site,
    forge('migration', (record) => (record.status = 'passed'), { reupload: false }),
  );
  assert.equal(run.stages.migration.result, 'failure');
  assert.match(run.stages.migration.annotations[0].message, /Digest validation failed/);
  assert.equal(site.query("select to_regclass('profile_links') is null"), 't');
});

test('the migration refuses the backup of another database', async (t) => {
  const site = Site.open(t);
  const run = await deployByWorkflow(
    site,
    forge('migration', (record) => (record.target.database = 'another')),
  );
  assert.equal(run.stages.migration.result, 'failure');
  const refused = run.stages.migration.steps.find((step) => step.exitCode === 4);
  assert.ok(refused, run.stages.migration.log);
  assert.equal(recordsBelow(run.artifacts)['migrate-apply-apply'].status, 'refused');
  assert.equal(run.stages.application.result, 'skipped');
  assert.equal(site.query("select to_regclass('profile_links') is null"), 't');
});

test('a record that was changed after another step relied on it breaks the chain', async (t) => {
  const site = Site.open(t);
  const run = await deployByWorkflow(
    site,
    forge('notification', (record) => (record.summary = 'All was well')),
  );
  assert.equal(run.stages['post-validation'].result, 'success');
  assert.equal(run.stages.notification.result, 'failure');
  const report = recordsBelow(run.artifacts)['report-render-render'];
  assert.equal(report.status, 'failed');
  const altered = report.checks.filter((check) => check.status === 'failed').map((check) => check.id);
  assert.ok(altered.includes('evidence.input') && altered.includes('evidence.chain'), altered.join());
});

test('failed jobs that run again rely on the records of the first attempt', async (t) => {
  const site = Site.open(t);
  const inputs = { 'deploy-command': '[[ -e "$APP_PLACE/ready" ]] && ./deploy-app.sh 2.0.0' };
  const first = await deployByWorkflow(site, { inputs });
  assert.deepEqual([first.stages.migration.result, first.stages.application.result], ['success', 'failure']);
  writeFileSync(join(site.place, 'ready'), '');
  const second = await deployByWorkflow(site, { inputs, previous: first, github: { run_attempt: '2' } });
  assert.equal(second.result, 'success', JSON.stringify(results(second)));
  assert.equal(second.stages.migration, first.stages.migration);
  assert.equal(second.jobs.staging.outputs.report, 'slipway-staging-notification-2');
  const report = recordsBelow(join(second.artifacts, 'slipway-staging-notification-2'))['report-render-render'];
  assert.equal(report.status, 'passed');
  assert.ok(report.inputs.some((input) => input.tool === 'db-backup'));
  assert.equal(await site.version(), '2.0.0');
});
