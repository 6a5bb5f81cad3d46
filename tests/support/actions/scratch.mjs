// Small workflows of a test's own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runWorkflow } from './workflow.mjs';

/** A folder with these files ({ path: text }); gone after the test. */
export function scratch(context, files = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-actions-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

let places = 0;

/** Runs the workflow with this text in a repository with these files. */
export async function runText(context, text, { files = {}, ...options } = {}) {
  const name = '.github/workflows/test.yml';
  const folder = scratch(context, {
    'repo/README': 'here',
    [`repo/${name}`]: text,
    ...Object.fromEntries(Object.entries(files).map(([path, content]) => [`repo/${path}`, content])),
  });
  return runWorkflow({
    file: join(folder, 'repo', name),
    place: join(folder, `run-${(places += 1)}`),
    repository: 'us/app',
    repositories: { 'us/app': join(folder, 'repo') },
    machine: { PATH: process.env.PATH },
    ...options,
  });
}

/** The text of a workflow with one job of these steps (YAML, indented by six). */
export const oneJob = (steps, more = '') => `on: push
jobs:
  only:
    runs-on: ubuntu-24.04
${more}    steps:
${steps}`;

export const checkout = '      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd\n';
