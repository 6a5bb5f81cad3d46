// The commands in the documents: every block marked <!-- run -->, page by page, on the sample
// application. <!-- run 4 --> marks one that has to end with that exit code.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Site, bin, root } from '../support/actions/site.mjs';

const guides = join(root, 'docs/guides');
const marked = /<!-- run(?: (\d+))? -->\n+```sh\n([\s\S]*?)```/g;
const pages = readdirSync(guides)
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, blocks: [...readFileSync(join(guides, name), 'utf8').matchAll(marked)] }))
  .filter((page) => page.blocks.length);

test('pages have blocks to run', () => {
  const names = pages.map((page) => page.name);
  for (const name of ['quick-start.md', 'restore-drill.md', 'usage.md', 'zero-downtime.md']) assert.ok(names.includes(name), name);
  assert.ok(pages.find((page) => page.name === 'usage.md').blocks.length >= 10);
});

for (const page of pages) {
  test(`the commands of ${page.name} do what it says`, (t) => {
    const site = Site.open(t);
    const options = { cwd: site.repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 300_000 };
    const exported = join(site.folder, 'exported');
    const env = {
      ...site.machine,
      ...site.secrets,
      PATH: `${bin}:${process.env.PATH}`,
      HOME: site.folder,
      DATABASE_URL: site.url,
      DATABASE_URL_COPY: `${site.database}_copy`,
      BACKUP_DIR: join(site.folder, 'backups'),
      API_BASE: site.api,
    };
    for (const [, code, script] of page.blocks) {
      // What a block exports is there in the next one, as on a terminal.
      const text = `[[ ! -e ${exported} ]] || . ${exported}\n${script}\nexport -p >${exported}`;
      const ran = spawnSync('bash', ['-euo', 'pipefail', '-c', text], { ...options, env });
      assert.equal(ran.status, Number(code ?? 0), `${page.name}:\n${script}\n${ran.stdout}\n${ran.stderr}`);
    }
  });
}
