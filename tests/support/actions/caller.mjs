// Runs the workflows of docs/examples/github, those of an application that calls ours, on a site.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { bin, root } from './site.mjs';
import { runWorkflow } from './workflow.mjs';

/** `change` adapts what the example gives to our workflow, `options` go to runWorkflow. */
export async function runExample(site, name, change, options) {
  const example = parse(readFileSync(join(root, 'docs/examples/github', name), 'utf8'));
  Object.assign(example.jobs.staging.with, { 'slipway-bin': bin }, change);
  const file = join(site.repository, '.github/workflows', name);
  mkdirSync(join(site.repository, '.github/workflows'), { recursive: true });
  writeFileSync(file, stringify(example));
  const lines = Object.entries(site.secrets).map(([key, value]) => `${key}=${value}`);
  const run = await runWorkflow({
    file,
    place: join(site.folder, 'run'),
    repository: 'your-org/shop',
    repositories: { 'your-org/shop': site.repository, 'your-org/slipway': root },
    secrets: { DATABASE_URL: site.url, DEPLOY_ENV: lines.join('\n') },
    vars: { API_BASE: site.api, BACKUP_DIR: join(site.folder, 'backups') },
    machine: site.machine,
    ...options,
  });
  return { ...run, stages: run.jobs.staging.jobs };
}

/** `inputs` replace what the example gives to our workflow, `options` go to runWorkflow. */
export const deployByWorkflow = (site, { inputs = {}, ...options } = {}) =>
  runExample(site, 'deploy.yml', { links: true, ...inputs }, options);

/** rollback.yml or recover.yml, as a person starts it who has filled in `form`; a run of its own. */
export const dispatch = (site, name, form, { inputs = {}, runId = '4712', ...options } = {}) =>
  runExample(site, name, inputs, {
    event: 'workflow_dispatch',
    inputs: form,
    place: join(site.folder, `run-${runId}`),
    ...options,
    github: { run_id: runId, ...options.github },
  });

/** The results of the stages, in a form that reads well in a failed assertion. */
export const results = (run) => Object.fromEntries(Object.entries(run.stages).map(([name, job]) => [name, job.result]));
