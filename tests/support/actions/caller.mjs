// Runs docs/examples/github/deploy.yml, the workflow of an application that calls ours, on a site.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { bin, root } from './site.mjs';
import { runWorkflow } from './workflow.mjs';

/** `inputs` replace what the example gives to our workflow, `options` go to runWorkflow. */
export async function deployByWorkflow(site, { inputs = {}, ...options } = {}) {
  const example = parse(readFileSync(join(root, 'docs/examples/github/deploy.yml'), 'utf8'));
  Object.assign(example.jobs.staging.with, { links: true, 'slipway-bin': bin }, inputs);
  const file = join(site.repository, '.github/workflows/deploy.yml');
  mkdirSync(join(site.repository, '.github/workflows'), { recursive: true });
  writeFileSync(file, stringify(example));
  const lines = Object.entries(site.secrets).map(([name, value]) => `${name}=${value}`);
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

/** The results of the stages, in a form that reads well in a failed assertion. */
export const results = (run) => Object.fromEntries(Object.entries(run.stages).map(([name, job]) => [name, job.result]));
