// Judges workflows, actions and buildspecs: by GitHub's own language service (schema, expressions,
// contexts), by shellcheck, and by what neither of them sees.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { parse } from 'yaml';
import { builtins } from './builtins.mjs';
import { check } from './buildspec.mjs';
import './schema.mjs'; // lets Node read the packages' JSON

const { validate } = await import('@actions/languageservice');

function shell(script, where) {
  const judged = spawnSync('shellcheck', ['-s', 'bash', '-S', 'info', '-f', 'gcc', '-'], { input: script, encoding: 'utf8' });
  if (judged.error) throw judged.error;
  return judged.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => `${where}: ${line.replace(/^-:/, 'line ')}`);
}

const variants = (names) => new Set(names.map((name) => name.toLowerCase()));

/** The inputs and outputs of what a step uses; null where that cannot be known; a complaint else. */
function interfaceOf(uses, root) {
  if (uses.startsWith('./')) {
    // The workflow checks this repository out as .slipway.
    const path = join(root, uses.replace(/^\.\/\.slipway\//, './'), 'action.yml');
    if (!existsSync(path)) return { complaint: `${uses} is not there` };
    const action = parse(readFileSync(path, 'utf8'));
    const required = Object.entries(action.inputs ?? {}).filter(([, input]) => input?.required && input.default === undefined);
    return {
      inputs: Object.keys(action.inputs ?? {}),
      required: required.map(([name]) => name),
      outputs: Object.keys(action.outputs ?? {}),
    };
  }
  const [name, ref] = uses.split('@');
  if (!builtins[name]) return { complaint: `${uses}: only ${Object.keys(builtins).join(', ')} may be used` };
  if (!/^[0-9a-f]{40}$/.test(ref ?? '')) return { complaint: `${uses} is not pinned by its commit` };
  return { inputs: builtins[name].inputs, required: [] };
}

function judgeWith(given, known, where) {
  const names = variants(known.inputs);
  const found = [];
  for (const name of Object.keys(given)) if (!names.has(name.toLowerCase())) found.push(`${where}: there is no input ${name}`);
  const have = variants(Object.keys(given));
  for (const name of known.required) if (!have.has(name.toLowerCase())) found.push(`${where}: the input ${name} is missing`);
  return found;
}

/** What is wrong with a list of steps. */
function judgeSteps(steps, where, root) {
  const found = [];
  const outputs = new Map();
  for (const [at, step] of (steps ?? []).entries()) {
    const name = `${where}, step ${step.id ?? step.name ?? at + 1}`;
    for (const [, id, output] of JSON.stringify(step).matchAll(/\bsteps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
      if (!outputs.has(id)) found.push(`${name}: no step before has the id ${id}`);
      else if (outputs.get(id) && !outputs.get(id).has(output.toLowerCase()))
        found.push(`${name}: ${id} has no output ${output}`);
    }
    let own = null;
    if (step.uses) {
      const known = interfaceOf(step.uses, root);
      if (known.complaint) found.push(`${name}: ${known.complaint}`);
      else found.push(...judgeWith(step.with ?? {}, known, name));
      if (known.outputs) own = variants(known.outputs);
    }
    if (typeof step.run === 'string') {
      if (step.run.includes('${{')) found.push(`${name}: an expression in a script can inject commands; hand it over by env`);
      found.push(...shell(step.run.replace(/\$\{\{.*?\}\}/g, 'x'), name));
    }
    if (step.id) outputs.set(step.id, own);
  }
  return { found, outputs };
}

function judgeAction(action, path, root) {
  const { found, outputs } = judgeSteps(action.runs?.steps, path, root);
  const inputs = variants(Object.keys(action.inputs ?? {}));
  for (const [, name] of JSON.stringify(action.runs).matchAll(/\binputs\.([\w-]+)/g)) {
    if (!inputs.has(name.toLowerCase())) found.push(`${path}: there is no input ${name}`);
  }
  for (const [name, output] of Object.entries(action.outputs ?? {})) {
    if (output?.value === undefined) found.push(`${path}: the output ${name} has no value`);
    for (const [, id] of String(output?.value).matchAll(/\bsteps\.([\w-]+)\./g)) {
      if (!outputs.has(id)) found.push(`${path}: the output ${name} is of ${id}, which is no step`);
    }
  }
  return found;
}

/** The part of a workflow that calls another: its inputs, where that other is one of ours. */
function judgeCall(job, where, root) {
  const ours = /^(?:\.\/|your-org\/slipway\/)(\.github\/workflows\/[\w.-]+\.yml)(?:@.+)?$/.exec(job.uses);
  if (!ours) return [`${where}: ${job.uses} is no workflow of ours`];
  const call = parse(readFileSync(join(root, ours[1]), 'utf8')).on.workflow_call;
  const required = Object.entries(call.inputs)
    .filter(([, input]) => input.required)
    .map(([name]) => name);
  return judgeWith(job.with ?? {}, { inputs: Object.keys(call.inputs), required }, where);
}

function judgeWorkflow(workflow, path, root) {
  const found = [];
  if (workflow.permissions === undefined) found.push(`${path}: permissions are missing; contents: read is enough for most`);
  for (const [id, job] of Object.entries(workflow.jobs ?? {})) {
    const where = `${path}, job ${id}`;
    if (job.uses) found.push(...judgeCall(job, where, root));
    else found.push(...judgeSteps(job.steps, where, root).found);
    const needs = [job.needs ?? []].flat();
    for (const [, other] of JSON.stringify(job).matchAll(/\bneeds\.([\w-]+)\./g)) {
      if (!needs.includes(other)) found.push(`${where}: it does not need ${other}`);
    }
  }
  return found;
}

function judgeBuildspec(spec, path) {
  try {
    check(spec, path);
  } catch (error) {
    return [error.message];
  }
  return Object.entries(spec.phases).flatMap(([name, phase]) =>
    [...(phase.commands ?? []), ...(phase.finally ?? [])].flatMap((command) => shell(`${command}\n`, `${path}, ${name}`)),
  );
}

/** All complaints about one file; `root` is the repository whose actions it uses. */
export async function judge(path, root) {
  const text = readFileSync(path, 'utf8');
  let value;
  try {
    value = parse(text);
  } catch (error) {
    return [`${path}: ${error.message}`];
  }
  if (value.phases) return judgeBuildspec(value, path);
  const diagnostics = await validate(TextDocument.create(`file://${path}`, 'yaml', 1, text), {});
  const found = diagnostics.map(({ range, message }) => `${path}:${range.start.line + 1}: ${message}`);
  for (const [at, line] of text.split('\n').entries()) {
    if (/uses: *[\w.-]+\/[\w./-]+@[0-9a-f]{40} *$/.test(line)) found.push(`${path}:${at + 1}: say which version the commit is`);
  }
  return [...found, ...(value.runs ? judgeAction(value, path, root) : judgeWorkflow(value, path, root))];
}
