// GitHub's own schema of workflows and actions. Its package imports JSON files in a way that only
// bundlers understand; the hook below lets Node read them.
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { parse } from 'yaml';
import { Unsupported } from './errors.mjs';

const hook = `
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  return specifier.endsWith('.json') ? { ...found, importAttributes: { type: 'json' } } : found;
}
export async function load(url, context, next) {
  if (!url.endsWith('.json')) return next(url, context);
  const { readFile } = await import('node:fs/promises');
  const { fileURLToPath } = await import('node:url');
  return { format: 'module', shortCircuit: true, source: 'export default ' + (await readFile(fileURLToPath(url), 'utf8')) };
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);

const workflows = await import('@actions/workflow-parser');
const actions = await import('@actions/workflow-parser/actions/index');

function refuse(path, errors) {
  if (errors.length) throw new Unsupported(`${path}: ${errors.map((error) => error.message ?? String(error)).join('; ')}`);
}

/** A workflow file as data; throws what GitHub's parser has against it. */
export async function readWorkflow(path) {
  const content = readFileSync(path, 'utf8');
  const { context, value } = workflows.parseWorkflow({ name: path, content }, new workflows.NoOperationTraceWriter());
  refuse(path, context.errors.getErrors());
  const { errors = [] } = await workflows.convertWorkflowTemplate(context, value);
  refuse(
    path,
    errors.map((error) => ({ message: error.Message ?? error.message })),
  );
  return parse(content);
}

/** The same for an action.yml; only composite actions can be run here. */
export function readAction(path) {
  const content = readFileSync(path, 'utf8');
  const { context } = actions.parseAction({ name: path, content }, new workflows.NoOperationTraceWriter());
  refuse(path, context.errors.getErrors());
  const action = parse(content);
  if (action.runs.using !== 'composite') throw new Unsupported(`${path}: using ${action.runs.using} is not known to this runner`);
  return action;
}
