// The forms for the person on call: rollback.yml and recover.yml act on the records of the run that
// deployed, with the real tools, a real PostgreSQL and the real sample application.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deployByWorkflow, dispatch } from '../support/actions/caller.mjs';
import { recordsBelow } from '../support/actions/records.mjs';
import { Site } from '../support/actions/site.mjs';

async function deployed(t) {
  const site = Site.open(t);
  const deployment = await deployByWorkflow(site);
  assert.equal(deployment.result, 'success');
  return { site, deployment, runs: { 4711: deployment } };
}
const applied = (site) => site.query("select to_regclass('profile_links') is not null");

test('the application goes back to the version before, and the database stays', async (t) => {
  const { site, runs } = await deployed(t);
  const form = { 'run-id': '4711', scope: 'app', reason: 'Logins fail; INC-43' };
  const run = await dispatch(site, 'rollback.yml', form, { runs });
  const job = run.stages.rollback;
  assert.equal(job.result, 'success', job.log);
  assert.equal(await site.version(), '1.0.0');
  assert.equal(applied(site), 't');
  assert.equal(job.environment, 'staging');
  assert.deepEqual(job.permissions, { contents: 'read', actions: 'read' });
  assert.equal(run.jobs.staging.concurrency.group, 'slipway-staging-');
  const { 'rollback-run': record, 'rollback-decide': advice, 'report-render-render': report } = recordsBelow(run.artifacts);
  assert.deepEqual([record.status, record.data.scope, record.run.id], ['passed', 'app', '4712']);
  assert.equal(advice.status, 'passed');
  assert.ok(report.inputs.some((input) => input.tool === 'rollback'));
  assert.deepEqual([run.jobs.staging.outputs.status, run.jobs.staging.outputs.report], ['passed', 'slipway-staging-rollback-1']);
  assert.match(job.summary, /Rollback of staging: passed/);
});

test('application and database go back by the backup of that run, and recover takes it back', async (t) => {
  const { site, runs } = await deployed(t);
  const links = site.query('select count(*) from profile_links');
  const form = { 'run-id': '4711', scope: 'full', reason: 'Wrong prices; INC-44' };

  const refused = await dispatch(site, 'rollback.yml', form, { runs, runId: '4712', inputs: { 'database-way': 'restore' } });
  assert.equal(refused.stages.rollback.result, 'failure');
  assert.match(refused.stages.rollback.log, /accept-data-loss/);
  assert.deepEqual([applied(site), await site.version()], ['t', '2.0.0']);

  const run = await dispatch(site, 'rollback.yml', { ...form, 'accept-data-loss': true }, {
    runs,
    runId: '4713',
    inputs: { 'database-way': 'restore' },
  });
  assert.equal(run.result, 'success', run.stages.rollback.log);
  assert.deepEqual([applied(site), await site.version()], ['f', '1.0.0']);
  assert.equal(recordsBelow(run.artifacts)['rollback-run'].data.scope, 'full');

  const look = await dispatch(site, 'recover.yml', { action: 'status' }, { runId: '4714' });
  assert.equal(look.result, 'success', look.stages.recover.log);
  const seen = recordsBelow(look.artifacts);
  assert.ok(seen['db-restore-status'] && seen['migrate-apply-status']);

  const undone = await dispatch(
    site,
    'recover.yml',
    { action: 'undo', 'run-id': '4713', reason: 'The prices were right', 'accept-data-loss': true },
    { runs: { ...runs, 4713: run }, runId: '4715' },
  );
  assert.equal(undone.result, 'success', undone.stages.recover.log);
  assert.deepEqual([applied(site), await site.version()], ['t', '2.0.0']);
  assert.equal(site.query('select count(*) from profile_links'), links);

  const others = () => site.query(`select count(*) from pg_database where datname like '%${site.database.slice(5)}%'`);
  assert.notEqual(others(), '1');
  const retired = await dispatch(site, 'recover.yml', { action: 'retire' }, { runId: '4716' });
  assert.equal(retired.result, 'success', retired.stages.recover.log);
  assert.equal(others(), '1');
});

test('a migration that stopped half-way is settled by its name', async (t) => {
  const site = Site.open(t);
  site.breakMigrations();
  const deployment = await deployByWorkflow(site);
  assert.equal(deployment.stages.migration.result, 'failure');
  const form = { action: 'resolve', migration: '003_break_half_way', 'resolve-as': 'rolled-back' };
  const run = await dispatch(site, 'recover.yml', form);
  const records = recordsBelow(run.artifacts);
  assert.equal(records['migrate-apply-resolve']?.status, 'passed', run.stages.recover.log);
  const states = records['migrate-apply-status'].data.migrations.map((each) => `${each.name ?? each.id} ${each.state ?? each.status}`);
  assert.ok(states.some((state) => /^003.* pending/.test(state)), states.join(', '));
});

test('a form that is not filled in is refused, and nothing is touched', async (t) => {
  const site = Site.open(t);
  const forms = [
    ['rollback.yml', { 'run-id': 'the last one', reason: 'x' }, /run-id is the number/],
    ['rollback.yml', { 'run-id': '4711', reason: ' ' }, /wants a reason/],
    ['rollback.yml', { 'run-id': '4711', reason: 'x' }, /has no artifact slipway-staging-\*/],
    ['recover.yml', { action: 'resolve', migration: '003' }, /resolve-as/],
    ['recover.yml', { action: 'undo', 'run-id': '4711' }, /wants a reason/],
    ['recover.yml', { action: 'undo', 'run-id': '4711', reason: 'x' }, /no record of a rollback/],
  ];
  const empty = { artifacts: site.folder, digests: {} };
  for (const [index, [name, form, message]] of forms.entries()) {
    const run = await dispatch(site, name, form, { runs: { 4711: empty }, runId: `48${index}` });
    const [job] = Object.values(run.stages);
    assert.equal(job.result, 'failure', name);
    assert.match(job.annotations[0].message, message);
    assert.ok(!existsSync(join(run.artifacts, 'slipway-staging-rollback-1')), name);
  }
  assert.equal(site.query("select to_regnamespace('slipway') is null"), 't');
});
