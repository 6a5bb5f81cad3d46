// Artifacts as upload-artifact v7 and download-artifact v8 handle them.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { builtins } from '../../support/actions/builtins.mjs';
import { Console } from '../../support/actions/commands.mjs';
import { scratch } from '../../support/actions/scratch.mjs';

const upload = (inputs, job) => builtins['actions/upload-artifact'].run(inputs, job);
const download = (inputs, job) => builtins['actions/download-artifact'].run(inputs, job);

function machine(t, files) {
  const folder = scratch(t, Object.fromEntries(Object.entries(files).map(([name, text]) => [`work/${name}`, text])));
  mkdirSync(join(folder, 'artifacts'));
  return {
    run: { artifacts: join(folder, 'artifacts'), digests: {} },
    console: new Console(),
    github: { workspace: join(folder, 'work') },
  };
}
const below = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.path, entry.name).slice(folder.length + 1))
    .sort();

test('a folder is the root of its artifact; hidden files and permissions stay behind', (t) => {
  const job = machine(t, { 'out/a.json': '1', 'out/sub/b.sh': '2', 'out/.hidden': '3', 'out/.dir/c': '4' });
  chmodSync(join(job.github.workspace, 'out/sub/b.sh'), 0o755);
  upload({ name: 'records', path: 'out' }, job);
  const artifact = join(job.run.artifacts, 'records');
  assert.deepEqual(below(artifact), ['a.json', 'sub/b.sh']);
  assert.equal(statSync(join(artifact, 'sub/b.sh')).mode & 0o111, 0);
  upload({ name: 'all', path: 'out', 'include-hidden-files': 'true' }, job);
  assert.equal(below(join(job.run.artifacts, 'all')).length, 4);
});

test('several paths keep what lies below the folder that they share', (t) => {
  const job = machine(t, { 'a/x': '1', 'a/b/y': '2', 'c/z': '3' });
  upload({ name: 'two', path: 'a/b\na/x\n' }, job);
  assert.deepEqual(below(join(job.run.artifacts, 'two')), ['b/y', 'x']);
  upload({ name: 'file', path: 'c/z' }, job);
  assert.deepEqual(below(join(job.run.artifacts, 'file')), ['z']);
});

test('an artifact is written once, and nothing to upload is only a warning', (t) => {
  const job = machine(t, { 'out/a': '1' });
  upload({ name: 'once', path: 'out' }, job);
  assert.throws(() => upload({ name: 'once', path: 'out' }, job), /409/);
  upload({ name: 'once', path: 'out', overwrite: 'true' }, job);
  upload({ name: 'none', path: 'nowhere' }, job);
  assert.equal(job.console.annotations[0].level, 'warning');
  assert.throws(() => upload({ name: 'none', path: 'nowhere', 'if-no-files-found': 'error' }, job), /No files were found/);
  assert.throws(() => upload({ name: 'a/b', path: 'out' }, job), /not valid/);
  assert.throws(() => upload({ name: 'glob', path: 'out/*.json' }, job), /not known to this runner/);
});

test('downloads go to a folder each, or merged, and a single one to the folder itself', (t) => {
  const job = machine(t, { 'out/a': '1', 'other/a': '2', 'other/b': '3' });
  upload({ name: 's-one-1', path: 'out' }, job);
  download({ pattern: 's-*', path: 'single' }, job);
  assert.deepEqual(below(join(job.github.workspace, 'single')), ['a']);
  upload({ name: 's-two-1', path: 'other' }, job);
  upload({ name: 'else', path: 'out' }, job);
  download({ pattern: 's-*', path: 'each' }, job);
  assert.deepEqual(below(join(job.github.workspace, 'each')), ['s-one-1/a', 's-two-1/a', 's-two-1/b']);
  download({ pattern: 's-*', path: 'merged', 'merge-multiple': 'true' }, job);
  assert.deepEqual(below(join(job.github.workspace, 'merged')), ['a', 'b']);
  download({ pattern: 'nothing-*', path: 'empty' }, job);
  assert.ok(!existsSync(join(job.github.workspace, 'empty')));
  assert.throws(() => download({ name: 'nothing' }, job), /Artifact not found/);
});

test('a download whose digest differs fails', (t) => {
  const job = machine(t, { 'out/a': '1' });
  upload({ name: 'records', path: 'out' }, job);
  writeFileSync(join(job.run.artifacts, 'records/a'), '2');
  assert.throws(() => download({ name: 'records', path: 'in' }, job), /Digest validation failed/);
  download({ name: 'records', path: 'in', 'digest-mismatch': 'ignore' }, job);
  assert.equal(readFileSync(join(job.github.workspace, 'in/a'), 'utf8'), '2');
});
