// Deployments without tests, and deployments that are stopped.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { deployByWorkflow, results } from '../support/actions/caller.mjs';
import { recordsBelow } from '../support/actions/records.mjs';
import { Site } from '../support/actions/site.mjs';

/** GitHub's list of the reviews of a run, on a port of our own. */
async function approvals(t, answer) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push({ path: request.url, token: request.headers.authorization });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { asked, github: { api_url: `http://127.0.0.1:${server.address().port}` } };
}

const emergency = { 'skip-tests': true, 'skip-tests-reason': 'Logins fail for everybody; INC-42' };
const review = (state, environment, login) => ({ state, environments: [{ name: environment }], user: { login }, comment: '' });

test('the emergency switch wants a review that took place, not only an environment', async (t) => {
  const site = Site.open(t);
  for (const reviews of [[], [review('rejected', 'emergency', 'eve')], [review('approved', 'docs', 'eve')]]) {
    const { github, asked } = await approvals(t, reviews);
    const run = await deployByWorkflow(site, {
      inputs: emergency,
      github,
      place: join(site.folder, `run-${reviews.length}-${reviews[0]?.state}`),
    });
    assert.equal(run.stages.approval.result, 'failure');
    assert.equal(run.stages.approval.environment, 'emergency');
    assert.match(run.stages.approval.annotations[0].message, /nobody approved in the environment emergency/);
    assert.equal(run.stages.backup.result, 'skipped');
    assert.deepEqual(asked, [
      { path: '/repos/your-org/shop/actions/runs/4711/approvals', token: 'Bearer ghs_a-token-of-the-test' },
    ]);
  }
});

test('with a reason and an approval the deployment goes without tests, and the report says so', async (t) => {
  const site = Site.open(t);
  const { github } = await approvals(t, [review('approved', 'emergency', 'grace')]);
  const run = await deployByWorkflow(site, { inputs: { ...emergency, 'test-command': 'exit 1' }, github });
  assert.equal(run.result, 'success', JSON.stringify(results(run)));
  assert.equal(run.jobs.staging.outputs['approved-by'], 'grace');
  assert.match(run.stages.tests.annotations[0].message, /Tests skipped by the emergency switch: Logins fail/);
  assert.match(run.stages.notification.summary, /tests skipped: Logins fail for everybody; INC-42/);
  assert.equal(await site.version(), '2.0.0');
});

test('a cancelled deployment stops its migration cleanly, and the notification says so', async (t) => {
  const site = Site.open(t);
  const slow = join(site.repository, 'prisma/migrations/20260201000000_slow');
  mkdirSync(slow);
  writeFileSync(join(slow, 'migration.sql'), 'create table half_done (id int);\nselect pg_sleep(60);\n');
  const controller = new AbortController();
  const waiting = setInterval(() => {
    if (site.query("select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()") !== '0')
      controller.abort();
  }, 200);
  t.after(() => clearInterval(waiting));
  const run = await deployByWorkflow(site, { signal: controller.signal });
  clearInterval(waiting);
  assert.equal(run.result, 'cancelled');
  assert.deepEqual(
    { ...results(run), migration: 'cancelled', application: 'skipped', 'post-validation': 'skipped', notification: 'success' },
    results(run),
  );
  const record = recordsBelow(run.artifacts)['migrate-apply-apply'];
  assert.deepEqual([record.status, record.exit_code], ['aborted', 130]);
  assert.equal(site.query("select to_regclass('half_done') is null"), 't');
  assert.match(run.stages.notification.summary, /Deployment to staging: cancelled/);
});
