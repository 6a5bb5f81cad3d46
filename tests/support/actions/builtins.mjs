// The three third-party actions that Slipway's workflows use, on folders instead of GitHub's
// storage. Artifacts behave as in upload-artifact v7 and download-artifact v8: immutable, without
// hidden files and permissions, checked by digest.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { StepFailure, Unsupported } from './errors.mjs';

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]));
}

/** One checksum for all names and contents of a folder. */
export function digest(folder) {
  const hash = createHash('sha256');
  for (const file of filesBelow(folder))
    hash
      .update(`${relative(folder, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

function boolean(text, name, fallback = false) {
  if (text === undefined || text === '') return fallback;
  if (!['true', 'True', 'TRUE', 'false', 'False', 'FALSE'].includes(text)) {
    throw new StepFailure(`Input does not meet YAML 1.2 "Core Schema" specification: ${name}`);
  }
  return text.toLowerCase() === 'true';
}

/** The folder of a repository, without what a clone would not have. */
function checkout(inputs, job) {
  const name = inputs.repository || job.github.repository;
  const source = job.run.repositories[name];
  if (!source) throw new StepFailure(`Not Found: ${name}`);
  const target = resolve(job.github.workspace, inputs.path || '.');
  if (existsSync(target)) for (const entry of readdirSync(target)) rmSync(join(target, entry), { recursive: true });
  const leave = ['.git', 'node_modules', 'slipway-out', 'dist'];
  const folders = (inputs['sparse-checkout'] ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  for (const folder of folders.length ? folders : ['.']) {
    cpSync(join(source, folder), join(target, folder), {
      recursive: true,
      filter: (path) => !leave.includes(basename(path)) && !/^build($|-)/.test(relative(source, path)),
    });
  }
  return { ref: inputs.ref ?? job.github.ref, commit: job.github.sha };
}

function found(patterns, job, hidden) {
  if (/[*?[\]!]/.test(patterns)) throw new Unsupported(`upload-artifact: patterns are not known to this runner: ${patterns}`);
  const paths = patterns
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => resolve(job.github.workspace, line));
  const there = paths.filter(existsSync);
  const files = there.flatMap((path) => (statSync(path).isDirectory() ? filesBelow(path) : [path]));
  // One folder is the root of the artifact itself; of several paths it is what they share.
  let root = paths.length === 1 && there.length === 1 && statSync(paths[0]).isDirectory() ? paths[0] : dirname(paths[0]);
  while (!paths.every((path) => path === root || path.startsWith(`${root}/`))) root = dirname(root);
  const visible = (file) =>
    hidden ||
    !relative(root, file)
      .split('/')
      .some((part) => part.startsWith('.'));
  return { root, files: files.filter(visible) };
}

function upload(inputs, job) {
  const name = inputs.name || 'artifact';
  if (!boolean(inputs.archive, 'archive', true))
    throw new Unsupported('upload-artifact: archive: false is not known to this runner');
  if (!inputs.path) throw new StepFailure('Input required and not supplied: path');
  if (/["<>|*?\r\n\\/:]/.test(name)) throw new StepFailure(`The artifact name is not valid: ${name}.`);
  const { root, files } = found(inputs.path, job, boolean(inputs['include-hidden-files'], 'include-hidden-files'));
  if (!files.length) {
    const message = `No files were found with the provided path: ${inputs.path}. No artifacts will be uploaded.`;
    if (inputs['if-no-files-found'] === 'error') throw new StepFailure(message);
    if (inputs['if-no-files-found'] !== 'ignore') job.console.annotate('warning', message, {}, 'upload-artifact');
    return {};
  }
  const target = join(job.run.artifacts, name);
  if (existsSync(target)) {
    if (!boolean(inputs.overwrite, 'overwrite')) {
      throw new StepFailure(
        'Failed to CreateArtifact: Received non-retryable error: (409) Conflict: an artifact with this name already exists on the workflow run',
      );
    }
    rmSync(target, { recursive: true });
  }
  for (const file of files) {
    const copy = join(target, relative(root, file));
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, readFileSync(file)); // a new file: its permissions are lost, as in a zip file
  }
  job.run.digests[name] = digest(target);
  return {
    'artifact-id': String(Object.keys(job.run.digests).length),
    'artifact-url': '',
    'artifact-digest': job.run.digests[name],
  };
}

const glob = (pattern) =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replace(/\*/g, '[^/]*')
      .replace(/\?/g, '[^/]')}$`,
  );

/** Whose artifacts are meant: this run's, or with `run-id` those of another one, which wants a token that may read them. */
function runOf(inputs, job) {
  if (!inputs['run-id'] || inputs['run-id'] === job.github.run_id) return job.run;
  if (!inputs['github-token']) throw new StepFailure('Input required and not supplied: github-token');
  if (!['read', 'write'].includes(job.permissions?.actions)) {
    throw new StepFailure('Resource not accessible by integration: the job has no permission actions: read');
  }
  const other = job.run.runs?.[inputs['run-id']];
  if (!other) throw new StepFailure(`Not Found: the run ${inputs['run-id']}`);
  return other;
}

function download(inputs, job) {
  const target = resolve(job.github.workspace, inputs.path || '.');
  const from = runOf(inputs, job);
  const all = Object.keys(from.digests);
  const names = inputs.name ? [inputs.name] : all.filter((name) => !inputs.pattern || glob(inputs.pattern).test(name));
  if (inputs.name && !all.includes(inputs.name))
    throw new StepFailure(`Unable to download artifact(s): Artifact not found for name: ${inputs.name}`);
  // A single match is not put into a folder of its own (download-artifact.ts).
  const merged = Boolean(inputs.name) || boolean(inputs['merge-multiple'], 'merge-multiple') || names.length === 1;
  for (const name of names) {
    const source = join(from.artifacts, name);
    if (digest(source) !== from.digests[name] && (inputs['digest-mismatch'] || 'error') === 'error') {
      throw new StepFailure(
        `Digest validation failed for artifact(s): ${name}. Use 'digest-mismatch: warn' to continue on mismatch.`,
      );
    }
    cpSync(source, merged ? target : join(target, name), { recursive: true });
  }
  return { 'download-path': target };
}

export const builtins = {
  'actions/checkout': {
    inputs: ['repository', 'ref', 'path', 'persist-credentials', 'fetch-depth', 'token', 'sparse-checkout'],
    run: checkout,
  },
  'actions/upload-artifact': {
    inputs: [
      'name',
      'path',
      'if-no-files-found',
      'retention-days',
      'compression-level',
      'overwrite',
      'include-hidden-files',
      'archive',
    ],
    run: upload,
  },
  'actions/download-artifact': {
    inputs: ['name', 'path', 'pattern', 'merge-multiple', 'digest-mismatch', 'run-id', 'github-token'],
    run: download,
  },
};
