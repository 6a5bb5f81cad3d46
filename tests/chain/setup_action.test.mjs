// actions/setup, installing from a server of our own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { release, setUp } from '../support/actions/release.mjs';
import { bin } from '../support/actions/site.mjs';

const archive = 'slipway-9.8.7-linux-x64.tar.gz';

/** A release as it is made: one executable for all tools, here one that starts those of the build. */
function makeRelease(folder) {
  mkdirSync(join(folder, 'slipway-9.8.7/bin'), { recursive: true });
  const program = join(folder, 'slipway-9.8.7/bin/slipway');
  writeFileSync(program, `#!/bin/sh\nexec "${bin}/$(basename "$0")" "$@"\n`);
  chmodSync(program, 0o755);
  execFileSync('tar', ['-czf', join(folder, archive), '-C', folder, 'slipway-9.8.7']);
}

const releaseFor = (t, { known } = {}) => release(t, { archive, make: makeRelease, known });
const complaint = (job) => job.annotations[0]?.message ?? '';

test('it installs the newest release that its own commit knows, once for each version', async (t) => {
  const place = await releaseFor(t);
  const first = await setUp(place, { 'base-url': place.url });
  assert.equal(first.result, 'success', first.log);
  const folder = join(first.cache, 'slipway/9.8.7', `x64-${place.sha256}`, 'slipway-9.8.7/bin');
  assert.match(first.log, new RegExp(`\\[${folder}/migrate-apply\\]\\[\\d+\\.\\d+\\.\\d+\\]\\[${folder}\\]\nmigrate-apply \\d`));
  assert.deepEqual(place.asked, [`/releases/${archive}`]);
  const second = await setUp(place, { 'base-url': place.url });
  assert.equal(second.result, 'success', second.log);
  assert.equal(place.asked.length, 1);
});

test('it installs nothing that has another checksum', async (t) => {
  const place = await releaseFor(t);
  writeFileSync(join(place.folder, archive), 'something else');
  const job = await setUp(place, { 'base-url': place.url });
  assert.equal(job.result, 'failure');
  assert.match(complaint(job), /is not the file with the checksum [0-9a-f]{64}; nothing was installed/);
  assert.deepEqual(readdirSync(join(job.cache, 'slipway/9.8.7')), []);
});

test('it downloads nothing whose checksum nobody knows', async (t) => {
  const place = await releaseFor(t, { known: false });
  assert.match(
    complaint(await setUp(place, { 'base-url': place.url, version: '9.8.7' })),
    /no checksum is known for slipway-9\.8\.7/,
  );
  assert.match(
    complaint(await setUp(place, { 'base-url': place.url, version: '9.8.7', sha256: 'abc' })),
    /64 hexadecimal digits/,
  );
  assert.deepEqual(place.asked, []);
  const given = await setUp(place, { 'base-url': place.url, version: '9.8.7', sha256: place.sha256 });
  assert.equal(given.result, 'success', given.log);
});

test('it says so when the release is not there, and when a version is none', async (t) => {
  const place = await releaseFor(t);
  const missing = await setUp(place, { 'base-url': place.url, version: '0.0.1' });
  assert.match(complaint(missing), /cannot download http.*slipway-0\.0\.1-linux-x64\.tar\.gz/);
  const hostile = await setUp(place, { 'base-url': place.url, version: '1.0.0$(touch hacked)/../..' });
  assert.match(complaint(hostile), /version is not one/);
  assert.ok(!existsSync(join(hostile.workspace, 'hacked')));
});

test('a folder that has the tools is used as it is', async (t) => {
  const place = await releaseFor(t);
  for (const [inputs, env] of [
    [{ bin }, ''],
    [{}, `    env: { SLIPWAY_BIN: ${JSON.stringify(bin)} }\n`],
  ]) {
    const job = await setUp(place, inputs, { env });
    assert.equal(job.result, 'success', job.log);
    assert.match(job.log, new RegExp(`\\[${bin}\\]`));
  }
  assert.deepEqual(place.asked, []);
  assert.match(complaint(await setUp(place, { bin: '/nowhere' })), /\/nowhere has no tools of Slipway in it/);
});

test('its environment reaches the later steps, masked', async (t) => {
  const place = await releaseFor(t);
  const job = await setUp(place, { bin, environment: 'TOKEN=abc=def%0A\r\n\nWORD=a "word" of $HOME\n' });
  assert.equal(job.result, 'success', job.log);
  assert.match(job.log, /\[\*\*\*\]\[\*\*\*\]/);
  assert.ok(!job.log.includes('abc=def'));
  for (const line of ['no assignment', '1A=x', 'A-B=x', 'A B=x']) {
    const bad = await setUp(place, { bin, environment: `GOOD=1\n${line}\n` });
    assert.equal(complaint(bad), 'a line of environment is not NAME=value');
  }
});
