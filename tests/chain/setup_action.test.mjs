// actions/setup, installing from a server of our own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { bin, root } from '../support/actions/site.mjs';
import { scratch } from '../support/actions/scratch.mjs';
import { runWorkflow } from '../support/actions/workflow.mjs';

const archive = 'slipway-9.8.7-linux-x64.tar.gz';

/** A release as it will be: one executable for all tools, here one that starts those of the build. */
function makeRelease(folder) {
  mkdirSync(join(folder, 'slipway-9.8.7/bin'), { recursive: true });
  const program = join(folder, 'slipway-9.8.7/bin/slipway');
  writeFileSync(program, `#!/bin/sh\nexec "${bin}/$(basename "$0")" "$@"\n`);
  chmodSync(program, 0o755);
  execFileSync('tar', ['-czf', join(folder, archive), '-C', folder, 'slipway-9.8.7']);
  return createHash('sha256')
    .update(readFileSync(join(folder, archive)))
    .digest('hex');
}

/** A repository with our actions, and a server that has the release. */
async function release(t, { known = true } = {}) {
  const folder = scratch(t, { 'app/README': '' });
  const sha256 = makeRelease(folder);
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    const file = join(folder, request.url.split('/').pop());
    if (existsSync(file)) response.end(readFileSync(file));
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  cpSync(join(root, 'actions'), join(folder, 'slipway/actions'), { recursive: true });
  if (known)
    writeFileSync(
      join(folder, 'slipway/actions/setup/SHA256SUMS'),
      `# releases\n${'0'.repeat(64)}  slipway-9.8.6-linux-x64.tar.gz\n${sha256}  ${archive}\n`,
    );
  return { folder, sha256, asked, url: `http://127.0.0.1:${server.address().port}/releases` };
}

/** Runs the action with these inputs, then what a later step sees of it. */
async function setUp(place, inputs, { env = '', name = 'run' } = {}) {
  const file = join(place.folder, 'app/.github/workflows/ci.yml');
  mkdirSync(join(place.folder, 'app/.github/workflows'), { recursive: true });
  const given = Object.entries(inputs)
    .map(([key, value]) => `          ${key}: ${JSON.stringify(value)}\n`)
    .join('');
  writeFileSync(
    file,
    `on: push
jobs:
  only:
    runs-on: ubuntu-24.04
${env}    steps:
      - id: setup
        uses: your-org/slipway/actions/setup@v1
        with:
          repository: your-org/slipway
${given}      - run: |
          echo "[$(command -v migrate-apply)][\${{ steps.setup.outputs.version }}][$SLIPWAY_BIN]"
          "\${SLIPWAY_BIN:?}/migrate-apply" --version
          echo "[$TOKEN][$WORD]"
`,
  );
  const run = await runWorkflow({
    file,
    place: join(place.folder, name),
    repository: 'your-org/app',
    repositories: { 'your-org/app': join(place.folder, 'app'), 'your-org/slipway': join(place.folder, 'slipway') },
    machine: { PATH: process.env.PATH },
  });
  return { ...run.jobs.only, cache: join(place.folder, name, 'tool-cache') };
}
const complaint = (job) => job.annotations[0]?.message ?? '';

test('it installs the newest release that its own commit knows, once for each version', async (t) => {
  const place = await release(t);
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
  const place = await release(t);
  writeFileSync(join(place.folder, archive), 'something else');
  const job = await setUp(place, { 'base-url': place.url });
  assert.equal(job.result, 'failure');
  assert.match(complaint(job), /is not the file with the checksum [0-9a-f]{64}; nothing was installed/);
  assert.deepEqual(readdirSync(join(job.cache, 'slipway/9.8.7')), []);
});

test('it downloads nothing whose checksum nobody knows', async (t) => {
  const place = await release(t, { known: false });
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
  const place = await release(t);
  const missing = await setUp(place, { 'base-url': place.url, version: '9.8.6' });
  assert.match(complaint(missing), /cannot download http.*slipway-9\.8\.6-linux-x64\.tar\.gz/);
  const hostile = await setUp(place, { 'base-url': place.url, version: '1.0.0$(touch hacked)/../..' });
  assert.match(complaint(hostile), /version is not one/);
  assert.ok(!existsSync(join(hostile.workspace, 'hacked')));
});

test('a folder that has the tools is used as it is', async (t) => {
  const place = await release(t);
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
  const place = await release(t);
  const job = await setUp(place, { bin, environment: 'TOKEN=abc=def%0A\r\n\nWORD=a "word" of $HOME\n' });
  assert.equal(job.result, 'success', job.log);
  assert.match(job.log, /\[\*\*\*\]\[\*\*\*\]/);
  assert.ok(!job.log.includes('abc=def'));
  for (const line of ['no assignment', '1A=x', 'A-B=x', 'A B=x']) {
    const bad = await setUp(place, { bin, environment: `GOOD=1\n${line}\n` });
    assert.equal(complaint(bad), 'a line of environment is not NAME=value');
  }
});
