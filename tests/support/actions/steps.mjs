// The steps of a job and of composite actions (Runner.Worker/StepsRunner.cs,
// Handlers/CompositeActionHandler.cs, Handlers/ScriptHandler.cs).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { builtins } from './builtins.mjs';
import { parsePairs } from './commands.mjs';
import { onlyKeys, StepFailure, Unsupported } from './errors.mjs';
import { condition, evaluateValue, interpolate } from './expression.mjs';
import { run } from './process.mjs';
import { readAction } from './schema.mjs';

const stepKeys = [
  'id',
  'name',
  'if',
  'uses',
  'with',
  'run',
  'env',
  'shell',
  'working-directory',
  'continue-on-error',
  'timeout-minutes',
];
const shells = {
  bash: ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail', '{0}'],
  sh: ['sh', '-e', '{0}'],
  // What a workflow's step gets that names no shell.
  '': ['bash', '-e', '{0}'],
};
const summaryLimit = 1024 * 1024;
const blocked = ['NODE_OPTIONS'];
const githubVariables = [
  'action',
  'action_path',
  'action_ref',
  'action_repository',
  'actor',
  'api_url',
  'base_ref',
  'event_name',
  'event_path',
  'graphql_url',
  'head_ref',
  'job',
  'ref',
  'ref_name',
  'ref_type',
  'repository',
  'repository_owner',
  'run_attempt',
  'run_id',
  'run_number',
  'server_url',
  'sha',
  'triggering_actor',
  'workflow',
  'workflow_ref',
  'workflow_sha',
  'workspace',
];

/**
 * Where steps run: of a job (`embedded` false), or of a composite action. `status` is what
 * success() and failure() ask: the job's, or the action's own.
 */
export class Frame {
  constructor(job, { inputs = null, overrides = {}, github = {}, embedded = false, name = '' } = {}) {
    Object.assign(this, { job, inputs, overrides, github, embedded, name });
    this.steps = {};
    this.failed = false;
  }

  get status() {
    if (this.job.cancelled) return 'cancelled';
    return this.failed ? 'failure' : 'success';
  }

  environment(extra = {}) {
    return { ...this.job.env, ...this.overrides, ...extra };
  }

  /** The contexts and functions that GitHub offers to a step's keys at this place. */
  scope(where, env, { secrets = true } = {}) {
    const { job } = this;
    const contexts = {
      github: { ...job.github, ...this.github },
      env,
      job: { ...job.facts, status: job.status },
      runner: job.runner,
      steps: this.steps,
      inputs: this.inputs ?? job.inputs,
      strategy: {},
      matrix: {},
    };
    if (!this.embedded) {
      Object.assign(contexts, { vars: job.vars, needs: job.needs });
      if (secrets) contexts.secrets = job.secrets;
    }
    const functions = {
      always: () => true,
      cancelled: () => this.status === 'cancelled',
      failure: () => this.status === 'failure',
      success: () => this.status === 'success',
    };
    return { where, contexts, functions };
  }
}

const isTrue = (value) => value === true || value === 'true';

/** Runs the steps one after the other; each leaves its part in `frame.steps` and `job.steps`. */
export async function runSteps(steps, frame) {
  for (const [at, step] of steps.entries()) {
    const where = `${frame.name} step ${step.id ?? step.name ?? at + 1}`;
    onlyKeys(step, stepKeys, where);
    if ((step.run === undefined) === (step.uses === undefined)) throw new Unsupported(`${where}: run or uses, one of them`);
    if (frame.embedded && step['timeout-minutes'] !== undefined)
      throw new Unsupported(`${where}: timeout-minutes in a composite action`);
    if (frame.embedded && step.run !== undefined && !step.shell) throw new Unsupported(`${where}: shell is missing`);
    const told = { name: where, id: step.id, outcome: 'success', conclusion: 'success', outputs: {} };
    frame.job.steps.push(told);
    await runStep(step, frame, told);
    if (step.id) frame.steps[step.id] = { outputs: told.outputs, outcome: told.outcome, conclusion: told.conclusion };
    if (told.conclusion === 'failure') frame.failed = true;
  }
}

async function runStep(step, frame, told) {
  const { job } = frame;
  const env = frame.environment();
  try {
    const own = {};
    for (const [name, value] of Object.entries(step.env ?? {})) {
      own[name] = interpolate(value, frame.scope(`${told.name} env.${name}`, env));
    }
    Object.assign(env, own);
    const holds = () => condition(step.if, frame.scope(`${told.name} if`, env, { secrets: false }));
    if (!holds()) {
      told.outcome = told.conclusion = 'skipped';
      return;
    }
    job.console.say(`##[group]${told.name}`);
    const stop = stopper(step, job, holds, told, frame, env);
    try {
      if (step.run !== undefined) await runCommand(step, frame, env, told, stop.signal);
      else await useAction(step, frame, env, own, told, stop.signal);
    } finally {
      stop.release();
    }
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    job.console.annotate('error', error.message, {}, told.name);
    told.outcome = told.conclusion = job.cancelled ? 'cancelled' : 'failure';
    const forgiven = evaluateValue(step['continue-on-error'] ?? false, frame.scope(`${told.name} continue-on-error`, env));
    if (isTrue(forgiven)) told.conclusion = 'success';
  }
}

/** Ends a running step when the job is cancelled (unless its `if` still holds) or its time is up. */
function stopper(step, job, holds, told, frame, env) {
  const controller = new AbortController();
  const cancelled = () => {
    if (!holds()) controller.abort();
  };
  job.onCancel.add(cancelled);
  const minutes = Number(evaluateValue(step['timeout-minutes'] ?? 0, frame.scope(`${told.name} timeout-minutes`, env)));
  const timer = minutes ? setTimeout(() => controller.abort(), minutes * 60_000) : null;
  timer?.unref();
  const forward = () => controller.abort();
  frame.signal?.addEventListener('abort', forward, { once: true });
  return {
    signal: controller.signal,
    release() {
      job.onCancel.delete(cancelled);
      frame.signal?.removeEventListener('abort', forward);
      clearTimeout(timer);
    },
  };
}

// --- run ---------------------------------------------------------------------------------------

function commandLine(shell, script, where) {
  const argv = shells[shell] ?? shell.split(' ');
  if (!argv.includes('{0}')) throw new Unsupported(`${where}: shell ${shell} has no {0}`);
  return argv.map((word) => (word === '{0}' ? script : word));
}

function githubEnvironment(frame, told) {
  const facts = { ...frame.job.github, ...frame.github, action: told.id ?? '__run' };
  const env = { CI: 'true', GITHUB_ACTIONS: 'true' };
  for (const name of githubVariables) {
    if (facts[name] !== undefined && facts[name] !== null) env[`GITHUB_${name.toUpperCase()}`] = String(facts[name]);
  }
  for (const [name, value] of Object.entries(frame.job.runner)) env[`RUNNER_${name.toUpperCase()}`] = value;
  return env;
}

/** Fresh files for what a step appends to; `take()` reads them as the runner does after the step. */
function fileCommands(frame, told) {
  const { job } = frame;
  const number = (job.fileCount += 1);
  const files = {};
  mkdirSync(join(job.runner.temp, '_runner_file_commands'), { recursive: true });
  for (const kind of ['output', 'env', 'path', 'state', 'step_summary']) {
    files[kind] = join(job.runner.temp, '_runner_file_commands', `${kind}_${number}`);
    writeFileSync(files[kind], '');
  }
  const read = (kind) => (existsSync(files[kind]) ? readFileSync(files[kind], 'utf8') : '');
  const take = () => {
    for (const [name, value] of parsePairs(read('output'))) told.outputs[name] = value;
    for (const [name, value] of parsePairs(read('env'))) {
      if (blocked.includes(name.toUpperCase()))
        throw new StepFailure(`Can't store ${name} output parameter using '$GITHUB_ENV' command.`);
      job.env[name] = value;
    }
    for (const line of read('path').split('\n').filter(Boolean)) {
      job.path = [line, ...job.path.filter((other) => other !== line)];
    }
    const summary = read('step_summary');
    if (Buffer.byteLength(summary) <= summaryLimit) job.summary += job.console.hide(summary);
    else
      job.console.annotate('error', '$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k', {}, told.name);
  };
  const env = Object.fromEntries(Object.entries(files).map(([kind, path]) => [`GITHUB_${kind.toUpperCase()}`, path]));
  return { env, take };
}

async function runCommand(step, frame, env, told, signal) {
  const { job } = frame;
  const defaults = frame.embedded ? {} : job.defaults;
  const scope = frame.scope(`${told.name} run`, env);
  const script = join(job.runner.temp, `${(job.fileCount += 1)}.sh`);
  writeFileSync(script, interpolate(step.run, scope));
  const shell = interpolate(step.shell ?? defaults.shell ?? '', scope);
  const folder = interpolate(step['working-directory'] ?? defaults['working-directory'] ?? '', scope);
  const files = fileCommands(frame, told);
  const path = [...job.path, env.PATH ?? job.machine.PATH].join(delimiter);
  const complaints = [];
  let end;
  try {
    end = await run(commandLine(shell, script, told.name), {
      cwd: resolve(job.github.workspace, folder),
      env: { ...job.machine, ...env, ...githubEnvironment(frame, told), ...files.env, PATH: path },
      onLine: (line) => {
        const complaint = job.console.line(line, told.name);
        if (complaint) complaints.push(complaint);
      },
      signal,
      waits: job.patience,
    });
  } finally {
    files.take();
  }
  told.exitCode = end.code;
  told.stoppedBy = end.stopped;
  if (signal.aborted) throw new StepFailure(job.cancelled ? 'The operation was canceled.' : 'The action has timed out.');
  if (end.code !== 0) throw new StepFailure(`Process completed with exit code ${end.code ?? end.signal}.`);
  if (complaints.length) throw new StepFailure(complaints.join('; '));
}

// --- uses --------------------------------------------------------------------------------------

async function useAction(step, frame, env, own, told, signal) {
  const { job } = frame;
  const given = {};
  for (const [name, value] of Object.entries(step.with ?? {})) {
    given[name.toLowerCase()] = interpolate(value, frame.scope(`${told.name} with.${name}`, env));
  }
  const remote = /^([\w.-]+\/[\w.-]+)((?:\/[^@]+)?)@(.+)$/.exec(step.uses);
  const builtin = remote && !remote[2] && builtins[remote[1]];
  if (builtin) {
    onlyKeys(given, builtin.inputs, `${told.name} ${remote[1]}`);
    Object.assign(told.outputs, await builtin.run(given, job));
    return;
  }
  let folder;
  if (step.uses.startsWith('./')) folder = resolve(job.github.workspace, step.uses);
  else if (remote && job.run.repositories[remote[1]]) folder = join(job.run.repositories[remote[1]], remote[2]);
  else throw new Unsupported(`${told.name}: uses ${step.uses} is not known to this runner`);
  const manifest = ['action.yml', 'action.yaml'].map((name) => join(folder, name)).find(existsSync);
  if (!manifest) {
    throw new StepFailure(
      `Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '${folder}'. Did you forget to run actions/checkout before running your local action?`,
    );
  }
  const github = { action_path: folder, action_repository: remote?.[1] ?? '', action_ref: remote?.[3] ?? '' };
  await runComposite(readAction(manifest), given, frame, { env, own, told, signal, github });
}

async function runComposite(action, given, frame, { env, own, told, signal, github }) {
  const { job } = frame;
  const inputs = { ...given };
  const outer = frame.scope(`${told.name} inputs`, env);
  for (const [name, input] of Object.entries(action.inputs ?? {})) {
    inputs[name.toLowerCase()] ??= interpolate(input?.default ?? '', {
      ...outer,
      contexts: { ...outer.contexts, github: { ...outer.contexts.github, ...github } },
    });
  }
  const declared = Object.keys(action.inputs ?? {}).map((name) => name.toLowerCase());
  const unexpected = Object.keys(given).filter((name) => !declared.includes(name));
  if (unexpected.length) {
    job.console.annotate(
      'warning',
      `Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${declared.join("', '")}']`,
      {},
      told.name,
    );
  }
  // The repository and ref of the action are known to its inputs' defaults, not to its steps.
  const inner = new Frame(job, {
    inputs,
    overrides: { ...frame.overrides, ...own },
    github: { ...frame.github, action_path: github.action_path, action_repository: '', action_ref: '' },
    embedded: true,
    name: told.name,
  });
  inner.signal = signal;
  await runSteps(action.runs.steps, inner);
  for (const [name, output] of Object.entries(action.outputs ?? {})) {
    told.outputs[name] = interpolate(output.value, inner.scope(`${told.name} outputs.${name}`, env));
  }
  if (inner.failed) throw new StepFailure(`${told.name} failed`);
}
