// docs/examples/shell/deploy.sh: the seven stages on any machine.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deployByShell } from '../support/actions/local.mjs';
import { bad, recordsBelow } from '../support/actions/records.mjs';
import { Site } from '../support/actions/site.mjs';

test('the shell chain deploys the application, and its records prove it', async (t) => {
  const site = Site.open(t);
  const { code, log, records } = await deployByShell(site, { REHEARSE: 'yes' });
  assert.equal(code, 0, log);
  assert.equal(await site.version(), '2.0.0');
  const found = recordsBelow(records);
  assert.deepEqual(bad(found), []);
  assert.equal(new Set(Object.values(found).map((record) => record.run.id)).size, 1);
  assert.ok(found['migrate-apply-apply'].inputs.some((input) => input.tool === 'db-backup'));
  assert.ok(found['more-migrate-apply-dry-run'].dry_run);
  assert.match(readFileSync(join(records, 'report.md'), 'utf8'), /Deployment to staging: success/);
  assert.ok(!log.includes(site.secrets.SMOKE_PASSWORD));
});

test('the shell chain ends with the code of the failing migration, after its report', async (t) => {
  const site = Site.open(t);
  site.breakMigrations();
  const { code, log, records } = await deployByShell(site);
  assert.equal(code, 1, log);
  assert.ok(!log.includes('== 5 application'));
  assert.match(readFileSync(join(records, 'report.md'), 'utf8'), /Deployment to staging: failure/);
  assert.equal(await site.version(), '1.0.0');
});

test('the shell chain refuses what is unsafe before it touches anything', async (t) => {
  const site = Site.open(t);
  const unapproved = await deployByShell(site, { SKIP_TESTS_REASON: 'logins fail' });
  assert.equal(unapproved.code, 4, unapproved.log);
  assert.match(unapproved.log, /SKIP_TESTS_REASON wants SKIP_TESTS_APPROVED_BY/);
  assert.ok(!existsSync(join(site.folder, 'backups')));
  const nowhere = await deployByShell(site, { BACKUP_DIR: '' });
  assert.notEqual(nowhere.code, 0);
  assert.match(nowhere.log, /BACKUP_DIR: a folder for the backups/);
  const unreachable = await deployByShell(site, { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' });
  assert.equal(unreachable.code, 3, unreachable.log);
  assert.equal(site.query("select to_regnamespace('slipway') is null"), 't');
});

test('killed at any instant, the shell chain completes when it is started again', async (t) => {
  const site = Site.open(t);
  // Shares of a second that no two runs have in common, the same every time.
  for (const killAfter of [150, 420, 780, 1250]) await deployByShell(site, {}, { killAfter });
  const { code, log, records } = await deployByShell(site);
  assert.equal(code, 0, log);
  assert.equal(await site.version(), '2.0.0');
  assert.equal(site.query('select count(*) from slipway.migrations'), '2');
  assert.equal(site.query('select count(*) from _prisma_migrations where finished_at is not null'), '5');
  assert.match(readFileSync(join(records, 'report.md'), 'utf8'), /Deployment to staging: success/);
});
