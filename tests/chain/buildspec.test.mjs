// docs/examples/codebuild/buildspec.yml, run phase by phase as CodeBuild does.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deployByBuildspec } from '../support/actions/local.mjs';
import { bad, recordsBelow } from '../support/actions/records.mjs';
import { Site } from '../support/actions/site.mjs';

test('the buildspec deploys the application and hands out records, report and verdict', async (t) => {
  const site = Site.open(t);
  const build = await deployByBuildspec(site);
  assert.equal(build.result, 'SUCCEEDED', build.log);
  assert.equal(await site.version(), '2.0.0');
  assert.deepEqual(build.exported, { DEPLOYMENT_VERDICT: 'success' });
  const records = recordsBelow(build.artifacts);
  assert.deepEqual([...new Set(Object.values(records).map((record) => record.run.ci))], ['codebuild']);
  assert.deepEqual(bad(records), []);
  assert.match(build.reports.deployment[0], /<testsuites /);
  assert.ok(!build.log.includes(site.secrets.SMOKE_PASSWORD));
  const dumps = readdirSync(build.artifacts, { recursive: true }).filter((name) => name.endsWith('.tar'));
  assert.deepEqual(dumps, []);
});

test('a failing migration fails the build phase, and post_build still reports it', async (t) => {
  const site = Site.open(t);
  site.breakMigrations();
  const build = await deployByBuildspec(site);
  assert.equal(build.result, 'FAILED');
  assert.deepEqual(build.phases, { install: 'SUCCEEDED', pre_build: 'SUCCEEDED', build: 'FAILED', post_build: 'SUCCEEDED' });
  assert.deepEqual(build.exported, { DEPLOYMENT_VERDICT: 'failure' });
  assert.match(readFileSync(join(build.artifacts, 'slipway-out/report.md'), 'utf8'), /Deployment to staging: failure/);
  assert.match(build.reports.deployment[0], /<failure /);
  assert.equal(await site.version(), '1.0.0');
});

test('a backup that fails ends the build before anything is changed, with a report', async (t) => {
  const site = Site.open(t);
  writeFileSync(join(site.folder, 'backups'), 'no folder');
  const build = await deployByBuildspec(site);
  assert.deepEqual(build.phases, { install: 'SUCCEEDED', pre_build: 'FAILED' });
  assert.ok(existsSync(join(build.artifacts, 'slipway-out/report.md')));
  assert.equal(site.query("select to_regclass('profile_links') is null"), 't');
});

test('a record that was edited between two phases fails the build', async (t) => {
  const site = Site.open(t);
  const forge = String.raw`sed -i 's/"summary": "Backed up/"summary": "Well backed up/' slipway-out/db-backup-create.json`;
  const build = await deployByBuildspec(site, { DEPLOY_COMMAND: `${forge}; ./deploy-app.sh 2.0.0` });
  assert.deepEqual(build.phases, { install: 'SUCCEEDED', pre_build: 'SUCCEEDED', build: 'SUCCEEDED', post_build: 'FAILED' });
  assert.deepEqual(build.exported, { DEPLOYMENT_VERDICT: 'failure' });
  const report = recordsBelow(build.artifacts)['report-render-render'];
  assert.ok(report.checks.some((check) => check.id === 'evidence.chain' && check.status === 'failed'));
});
