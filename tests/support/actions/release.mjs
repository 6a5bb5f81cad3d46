// A release behind a server of our own, and a workflow that installs it with actions/setup.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { root } from './site.mjs';
import { scratch } from './scratch.mjs';
import { runWorkflow } from './workflow.mjs';

/**
 * A repository with our actions, and a server that has the release, the archive that `make` writes
 * into a folder; its actions know its checksum where `known` says so.
 */
export async function release(t, { archive, make, known = true }) {
  const folder = scratch(t, { 'app/README': '' });
  make(folder);
  const sha256 = createHash('sha256')
    .update(readFileSync(join(folder, archive)))
    .digest('hex');
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
      `# releases\n${'0'.repeat(64)}  slipway-0.0.1-linux-x64.tar.gz\n${sha256}  ${archive}\n`,
    );
  return { folder, sha256, asked, url: `http://127.0.0.1:${server.address().port}/releases` };
}

/** Runs the action with these inputs, then what a later step sees of it. */
export async function setUp(place, inputs, { env = '', name = 'run' } = {}) {
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
