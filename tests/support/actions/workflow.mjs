// Runs the jobs of a workflow file, one after the other in the order of their `needs`, each in a
// workspace of its own as on a fresh machine.
import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { onlyKeys, Unsupported } from './errors.mjs';
import { condition, evaluateValue, interpolate } from './expression.mjs';
import { runJob } from './job.mjs';
import { readWorkflow } from './schema.mjs';

const workflowKeys = ['name', 'run-name', 'on', 'permissions', 'env', 'defaults', 'concurrency', 'jobs'];
const jobKeys = [
  'name',
  'needs',
  'if',
  'permissions',
  'runs-on',
  'environment',
  'concurrency',
  'outputs',
  'env',
  'defaults',
  'steps',
  'timeout-minutes',
  'uses',
  'with',
  'secrets',
];
const levels = { none: 0, read: 1, write: 2 };

/**
 * Runs a workflow.
 *
 * file          the workflow file; its repository is the one whose folder holds it
 * place         a folder for workspaces, temporary files and artifacts
 * repositories  { 'owner/name': folder } for checkout and for `uses`
 * repository    the one that the run belongs to
 * event         push, pull_request, workflow_dispatch or workflow_call; `inputs` go with the latter two
 * secrets, vars, environments   { name: { secrets, vars, approve() } }; others are made without protection
 * machine       the environment of the runner's machine
 * github        more of the github context, such as run_id and run_attempt
 * beforeJob     async (id, run): called before a job starts
 * previous      what an earlier attempt returned, whose failed jobs are to run again
 * runs          { id: what it returned } of other runs, whose artifacts can be downloaded
 * signal        cancels the run when aborted
 * patience      how long to wait after each signal, GitHub's by default
 */
export async function runWorkflow(options) {
  const run = {
    environments: {},
    secrets: {},
    vars: {},
    digests: options.previous?.digests ?? {},
    beforeJob: async () => {},
    ...options,
    artifacts: join(options.place, 'artifacts'),
    cancelled: false,
    onCancel: new Set(),
  };
  mkdirSync(run.artifacts, { recursive: true });
  run.github = facts(run);
  options.signal?.addEventListener('abort', () => {
    run.cancelled = true;
    for (const tell of run.onCancel) tell();
  });
  const workflow = await readWorkflow(options.file);
  const caller = { permissions: { actions: 'write', contents: 'write', deployments: 'write', 'id-token': 'write', 'pull-requests': 'write' } };
  const given = { inputs: options.inputs ?? {}, secrets: run.secrets };
  const result = await runJobs(workflow, {
    run,
    file: options.file,
    event: options.event ?? 'push',
    given,
    caller,
    prefix: '',
    previous: options.previous?.jobs,
  });
  return { ...result, artifacts: run.artifacts, digests: run.digests };
}

function facts(run) {
  const [owner] = run.repository.split('/');
  return {
    repository: run.repository,
    repository_owner: owner,
    sha: '0123456789abcdef0123456789abcdef01234567',
    ref: 'refs/heads/main',
    ref_name: 'main',
    ref_type: 'branch',
    run_id: '4711',
    run_number: '7',
    run_attempt: '1',
    actor: 'octocat',
    triggering_actor: 'octocat',
    event_name: run.event === 'workflow_call' ? 'push' : (run.event ?? 'push'),
    server_url: 'https://github.com',
    api_url: 'https://api.github.com',
    graphql_url: 'https://api.github.com/graphql',
    workflow: basename(run.file),
    token: 'ghs_a-token-of-the-test',
    event: {},
    ...run.github,
  };
}

/** What a caller may give, with its type; what GitHub refuses before it starts is refused. */
function typedInputs(declared, given, where) {
  const typed = {};
  for (const name of Object.keys(given)) {
    if (!declared?.[name]) throw new Unsupported(`${where}: Invalid input, ${name} is not defined in the referenced workflow.`);
  }
  for (const [name, input] of Object.entries(declared ?? {})) {
    const none = { boolean: false, number: 0 }[input.type] ?? '';
    if (given[name] === undefined && input.required)
      throw new Unsupported(`${where}: Input ${name} is required, but not provided while calling.`);
    const value = given[name] ?? input.default ?? none;
    const kind = { boolean: 'boolean', number: 'number' }[input.type] ?? 'string';
    if (typeof value !== kind) throw new Unsupported(`${where}: Input ${name} must be a ${kind}, not ${JSON.stringify(value)}.`);
    typed[name] = value;
  }
  return typed;
}

function givenSecrets(declared, given, where) {
  for (const name of Object.keys(given)) {
    if (!declared?.[name]) throw new Unsupported(`${where}: Invalid secret, ${name} is not defined in the referenced workflow.`);
  }
  for (const [name, secret] of Object.entries(declared ?? {})) {
    if (secret?.required && !given[name])
      throw new Unsupported(`${where}: Secret ${name} is required, but not provided while calling.`);
  }
  return given;
}

function inOrder(jobs, where) {
  const order = [];
  const visit = (id, path) => {
    if (order.includes(id)) return;
    if (path.includes(id)) throw new Unsupported(`${where}: the jobs need each other: ${[...path, id].join(', ')}`);
    for (const needed of needs(jobs[id])) visit(needed, [...path, id]);
    order.push(id);
  };
  for (const id of Object.keys(jobs)) visit(id, []);
  return order;
}

const needs = (job) => [job.needs ?? []].flat();

function ancestors(id, jobs, found = new Set()) {
  for (const needed of needs(jobs[id])) {
    found.add(needed);
    ancestors(needed, jobs, found);
  }
  return found;
}

function workflowContexts(call, workflow) {
  const { run, event, given, file } = call;
  if (!['push', 'pull_request', 'workflow_dispatch', 'workflow_call'].includes(event))
    throw new Unsupported(`${file}: event ${event} is not known to this runner`);
  const triggers =
    typeof workflow.on === 'string'
      ? { [workflow.on]: null }
      : Array.isArray(workflow.on)
        ? Object.fromEntries(workflow.on.map((name) => [name, null]))
        : workflow.on;
  if (!(event in triggers)) throw new Unsupported(`${file}: it is not started by ${event}`);
  const trigger = triggers[event] ?? {};
  const inputs = ['push', 'pull_request'].includes(event) ? {} : typedInputs(trigger.inputs, given.inputs, file);
  const inherited = event !== 'workflow_call' || given.inherit;
  const secrets = inherited ? given.secrets : givenSecrets(trigger.secrets, given.secrets, file);
  return { contexts: { github: run.github, inputs, vars: run.vars }, secrets, outputs: trigger.outputs ?? {} };
}

async function runJobs(workflow, call) {
  const { run, file, prefix } = call;
  onlyKeys(workflow, workflowKeys, file);
  const { contexts, secrets, outputs } = workflowContexts(call, workflow);
  const done = {};
  const kept = new Set();
  for (const id of inOrder(workflow.jobs, file)) {
    const name = prefix + id;
    const job = workflow.jobs[id];
    onlyKeys(job, jobKeys, `${file} ${id}`);
    const earlier = call.previous?.[id];
    // "Re-run failed jobs" repeats those and all that need them.
    if (
      earlier &&
      !['failure', 'cancelled'].includes(earlier.result) &&
      needs(workflow.jobs[id]).every((other) => kept.has(other))
    ) {
      done[id] = earlier;
      kept.add(id);
      continue;
    }
    await run.beforeJob(name, run);
    const before = [...ancestors(id, workflow.jobs)].map((other) => done[other].result);
    const scope = {
      where: `${name} if`,
      contexts: { ...contexts, needs: neededOf(job, done) },
      functions: {
        always: () => true,
        cancelled: () => run.cancelled,
        failure: () => !run.cancelled && before.includes('failure'),
        success: () => !run.cancelled && before.every((result) => result === 'success'),
      },
    };
    done[id] = condition(job.if, scope)
      ? await start(job, id, { ...call, workflow, contexts: scope.contexts, secrets })
      : { result: 'skipped', outputs: {}, steps: [] };
  }
  const told = {};
  const after = { where: `${file} outputs`, contexts: { ...contexts, jobs: done } };
  for (const [name, output] of Object.entries(outputs)) told[name] = interpolate(output.value, after);
  const results = Object.values(done).map((job) => job.result);
  const result = run.cancelled ? 'cancelled' : results.includes('failure') ? 'failure' : 'success';
  const concurrency = workflow.concurrency && evaluated(workflow.concurrency, { where: `${file} concurrency`, contexts });
  return { result, jobs: done, outputs: told, concurrency };
}

function neededOf(job, done) {
  return Object.fromEntries(needs(job).map((id) => [id, { result: done[id].result, outputs: done[id].outputs }]));
}

function evaluated(value, scope) {
  if (Array.isArray(value)) return value.map((each) => evaluated(each, scope));
  if (value === null || typeof value !== 'object') return evaluateValue(value, scope);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, evaluated(each, scope)]));
}

/** What a job may do; a called workflow may not ask for more than its caller has. */
function permissionsOf(workflow, job, call, name) {
  const asked = job.permissions ?? workflow.permissions;
  if (asked === undefined) return call.caller.permissions;
  if (typeof asked === 'string') throw new Unsupported(`${name}: permissions: ${asked} is not known to this runner`);
  for (const [what, level] of Object.entries(asked)) {
    const has = call.caller.permissions[what] ?? 'none';
    if (levels[level] > levels[has])
      throw new Unsupported(`${name}: The job is requesting '${what}: ${level}', but is only allowed '${what}: ${has}'.`);
  }
  return asked;
}

async function start(job, id, call) {
  const { run, contexts } = call;
  const name = call.prefix + id;
  const permissions = permissionsOf(call.workflow, job, call, name);
  if (job.uses) return callWorkflow(job, { ...call, id, permissions, name });
  const scope = (what) => ({ where: `${name} ${what}`, contexts });
  const environment =
    job.environment &&
    evaluated(
      typeof job.environment === 'string' ? { name: job.environment } : { name: job.environment.name },
      scope('environment'),
    );
  const protection = environment?.name ? (run.environments[environment.name] ?? {}) : {};
  if (protection.approve && !(await protection.approve(name))) {
    return { result: 'failure', outputs: {}, steps: [], environment: environment.name, log: 'rejected' };
  }
  return runJob(job, {
    run,
    id,
    name,
    permissions,
    environment: environment?.name,
    contexts: { ...contexts, vars: { ...contexts.vars, ...protection.vars } },
    secrets: { ...call.secrets, ...protection.secrets },
    workflow: call.workflow,
    origin: originOf(call.file, run),
    concurrency: job.concurrency && evaluated(job.concurrency, scope('concurrency')),
  });
}

/** Which repository a workflow file belongs to. */
function originOf(file, run) {
  const found = Object.entries(run.repositories).find(([, folder]) => resolve(file).startsWith(`${resolve(folder)}/`));
  if (!found) throw new Unsupported(`${file} belongs to no repository that is known to this run`);
  return { workflow_repository: found[0], workflow_sha: run.github.sha, folder: found[1] };
}

async function callWorkflow(job, call) {
  const { run, name } = call;
  onlyKeys(job, ['name', 'needs', 'if', 'permissions', 'concurrency', 'uses', 'with', 'secrets'], name);
  const remote = /^([\w.-]+\/[\w.-]+)\/(\.github\/workflows\/[^@]+)@(.+)$/.exec(job.uses);
  const folder = job.uses.startsWith('./') ? originOf(call.file, run).folder : run.repositories[remote?.[1]];
  if (!folder) throw new Unsupported(`${name}: uses ${job.uses} is not known to this runner`);
  const file = join(folder, remote ? remote[2] : job.uses);
  const scope = { where: `${name} with`, contexts: call.contexts };
  const withSecrets = { where: `${name} secrets`, contexts: { ...call.contexts, secrets: call.secrets } };
  const inherit = job.secrets === 'inherit';
  const given = {
    inherit,
    inputs: evaluated(job.with ?? {}, scope),
    secrets: inherit ? call.secrets : evaluated(job.secrets ?? {}, withSecrets),
  };
  const workflow = await readWorkflow(file);
  const { result, jobs, outputs, concurrency } = await runJobs(workflow, {
    run,
    file,
    event: 'workflow_call',
    given,
    caller: { permissions: call.permissions },
    prefix: `${name} / `,
    previous: call.previous?.[call.id]?.jobs,
  });
  return { result, outputs, jobs, concurrency, steps: [] };
}
