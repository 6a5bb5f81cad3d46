// One job: a fresh workspace, its steps, its outputs.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Console } from './commands.mjs';
import { Unsupported } from './errors.mjs';
import { interpolate } from './expression.mjs';
import { patience } from './process.mjs';
import { Frame, runSteps } from './steps.mjs';

function makeJob(call) {
  const { run } = call;
  mkdirSync(run.place, { recursive: true });
  const root = mkdtempSync(join(run.place, `${call.id}-`));
  const folders = { workspace: join(root, 'work'), temp: join(root, 'temp'), home: join(root, 'home') };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  const event = join(folders.temp, 'event.json');
  writeFileSync(event, JSON.stringify(run.github.event));
  const job = {
    run,
    console: new Console(),
    steps: [],
    summary: '',
    env: {},
    path: [],
    fileCount: 0,
    permissions: call.permissions,
    cancelled: false,
    onCancel: new Set(),
    patience: run.patience ?? patience,
    machine: { HOME: folders.home, ...run.machine },
    github: { ...run.github, job: call.id, workspace: folders.workspace, event_path: event },
    runner: {
      os: 'Linux',
      arch: 'X64',
      name: 'slipway-test',
      environment: 'self-hosted',
      temp: folders.temp,
      tool_cache: join(run.place, 'tool-cache'),
      workspace: root,
    },
    facts: call.origin && { workflow_repository: call.origin.workflow_repository, workflow_sha: call.origin.workflow_sha },
    secrets: { ...call.secrets, GITHUB_TOKEN: run.github.token },
    inputs: call.contexts.inputs,
    vars: call.contexts.vars,
    needs: call.contexts.needs,
  };
  for (const secret of Object.values(job.secrets)) job.console.mask(secret);
  return job;
}

/** Runs a job and tells its result, outputs, steps, log, annotations and summary. */
export async function runJob(definition, call) {
  const { run, name, workflow } = call;
  if (!definition['runs-on']) throw new Unsupported(`${name}: runs-on is missing`);
  const job = makeJob(call);
  const frame = new Frame(job, { name });
  Object.defineProperty(job, 'status', { get: () => frame.status });
  const early = { where: `${name} env`, contexts: { ...call.contexts, secrets: job.secrets } };
  for (const env of [workflow.env, definition.env]) {
    for (const [key, value] of Object.entries(env ?? {})) job.env[key] = interpolate(value, early);
  }
  job.defaults = { ...workflow.defaults?.run, ...definition.defaults?.run };
  const cancel = () => {
    job.cancelled = true;
    for (const tell of job.onCancel) tell();
  };
  run.onCancel.add(cancel);
  const minutes = Number(interpolate(definition['timeout-minutes'] ?? 360, early));
  const timer = setTimeout(cancel, minutes * 60_000);
  try {
    await runSteps(definition.steps, frame);
  } finally {
    run.onCancel.delete(cancel);
    clearTimeout(timer);
  }
  return {
    result: frame.status,
    outputs: outputsOf(definition, frame),
    steps: job.steps,
    log: job.console.lines.join('\n'),
    annotations: job.console.annotations,
    summary: job.summary,
    environment: call.environment,
    permissions: call.permissions,
    concurrency: call.concurrency,
    workspace: job.github.workspace,
  };
}

/** The outputs of a job; one that holds a secret is left out, as the runner does. */
function outputsOf(definition, frame) {
  const { job } = frame;
  const outputs = {};
  for (const [name, value] of Object.entries(definition.outputs ?? {})) {
    const text = interpolate(value, frame.scope(`${frame.name} outputs.${name}`, job.env));
    if (job.console.hides(text))
      job.console.annotate('warning', `Skip output '${name}' since it may contain secret.`, {}, frame.name);
    else if (text) outputs[name] = text;
  }
  return outputs;
}
