// What installs the release that make dist made, from a server of our own. DIST is its folder.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { buildspec } from '../support/actions/local.mjs';
import { release, setUp } from '../support/actions/release.mjs';

const dist = process.env.DIST;
const run = promisify(execFile);
const archive = readdirSync(dist).find((name) => name.endsWith('.tar.gz'));
const [, version] = archive.match(/^slipway-(.+)-linux-/);
const serve = (t) => release(t, { archive, make: (folder) => cpSync(join(dist, archive), join(folder, archive)) });

test('the release is installed from a server, checked, and its tools are on PATH', async (t) => {
  const place = await serve(t);
  const job = await setUp(place, { 'base-url': place.url });
  assert.equal(job.result, 'success', job.log);
  assert.deepEqual(place.asked, [`/releases/${archive}`]);
  const folder = `${job.cache}/slipway/${version}/x64-${place.sha256}/slipway-${version}-linux-x64`;
  assert.ok(job.log.includes(`[${folder}/migrate-apply][${version}][${folder}]\nmigrate-apply ${version}\n`), job.log);
});

test('the buildspec installs it, and nothing with another checksum', async (t) => {
  const place = await serve(t);
  const install = (sum) =>
    run('bash', ['-ec', buildspec().phases.install.commands.join('\n')], {
      env: { PATH: process.env.PATH, SLIPWAY_VERSION: version, SLIPWAY_SHA256: sum, SLIPWAY_URL: place.url },
    });
  assert.equal((await install(place.sha256)).stdout, `deploy-run ${version}\n`);
  await assert.rejects(install('0'.repeat(64)), /checksum did NOT match/);
});
