// The requests of github-deployment, judged by GitHub's own published OpenAPI description: paths,
// parameters, headers and bodies. run.sh gives BIN (the built tools).
import Ajv from 'ajv';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const file = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json');
const description = JSON.parse(readFileSync(file, 'utf8'));
const token = 'ghp_s3cret';

const resolve = (node) =>
  node.$ref ? node.$ref.slice(2).split('/').reduce((at, key) => at[key], description) : node;

// OpenAPI 3.0's schemas, as ajv knows them: `nullable` is its own word, examples are none of its.
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, coerceTypes: false });
ajv.addSchema(description, 'github');
const coercing = new Ajv({ strict: false, validateFormats: false, coerceTypes: true });
const example = (media) => resolve(Object.values(media.examples)[0]).value;

/** The operation that serves a path, and the parameters in the path. */
function operationOf(method, path) {
  for (const [template, operations] of Object.entries(description.paths)) {
    const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const match = path.match(new RegExp(`^${template.replace(/\{\w+\}/g, '([^/]+)')}$`));
    if (match && operations[method]) {
      return { operation: operations[method], values: Object.fromEntries(names.map((name, i) => [name, match[i + 1]])) };
    }
  }
  return null;
}

/** Everything that the description does not allow in a request. */
function faultsOf(request, url, body) {
  const found = operationOf(request.method.toLowerCase(), url.pathname);
  if (!found) return [`no operation ${request.method} ${url.pathname}`];
  const { operation, values } = found;
  const faults = [];
  const known = (operation.parameters ?? []).map(resolve);
  for (const [name, value] of url.searchParams) {
    const parameter = known.find((one) => one.in === 'query' && one.name === name);
    const schema = parameter && JSON.parse(JSON.stringify(parameter.schema));
    if (!schema) faults.push(`unknown parameter ${name}`);
    else if (!coercing.validate({ type: 'object', properties: { v: schema } }, { v: value })) faults.push(`${name}: ${coercing.errorsText()}`);
  }
  for (const parameter of known.filter((one) => one.in === 'path')) {
    if (!values[parameter.name]) faults.push(`missing ${parameter.name}`);
  }
  if (operation.requestBody) {
    const pointer = operation.requestBody.content['application/json'].schema;
    const validate = ajv.compile({ ...JSON.parse(JSON.stringify(pointer).replaceAll('"#/', '"github#/')) });
    if (!validate(body)) faults.push(...validate.errors.map((error) => `${error.instancePath} ${error.message}`));
    for (const key of Object.keys(body)) {
      if (!pointer.properties[key]) faults.push(`${key} is no field of the body`);
    }
  } else if (body !== undefined) {
    faults.push('a body where none belongs');
  }
  return faults;
}

/** A GitHub that answers with the description's own examples. */
async function github(context) {
  const seen = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const url = new URL(request.url, 'http://github');
    const body = text ? JSON.parse(text) : undefined;
    seen.push({ method: request.method, path: url.pathname, body, headers: request.headers, faults: faultsOf(request, url, body) });
    const { operation } = operationOf(request.method.toLowerCase(), url.pathname);
    const [status, answer] = Object.entries(operation.responses).find(([code]) => code.startsWith('2'));
    response.writeHead(Number(status), { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(example(resolve(answer).content['application/json'])));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  context.after(() => server.close());
  return { seen, url: `http://127.0.0.1:${server.address().port}` };
}

async function run(context, url, ...args) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-peers-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const output = join(folder, 'record.json');
  const child = spawn(join(process.env.BIN, 'github-deployment'), [...args, '--output', output], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      GITHUB_TOKEN: token,
      GITHUB_API_URL: url,
      GITHUB_REPOSITORY: 'octocat/example',
      GITHUB_ACTIONS: 'true',
      GITHUB_RUN_ID: '42',
      GITHUB_SHA: 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk) => (log += chunk));
  const code = await new Promise((done) => child.on('close', done));
  assert.equal(code, 0, log);
  return JSON.parse(readFileSync(output, 'utf8'));
}

function judge(seen) {
  for (const request of seen) {
    assert.deepEqual(request.faults, [], `${request.method} ${request.path}`);
    assert.equal(request.headers.authorization, `Bearer ${token}`);
    assert.equal(request.headers.accept, 'application/vnd.github+json');
    assert.ok(request.headers['user-agent']);
    assert.ok(request.headers['x-github-api-version'] === '2022-11-28');
  }
}

test('the judge finds what does not belong', () => {
  const url = new URL('http://github/repos/o/r/deployments?environment=x&shape=round&per_page=many');
  assert.deepEqual(faultsOf({ method: 'GET' }, url, undefined).length, 2);
  const post = new URL('http://github/repos/o/r/deployments');
  assert.ok(faultsOf({ method: 'POST' }, post, { auto_merge: 'no', surprise: 1 }).length >= 3);
  assert.equal(faultsOf({ method: 'PUT' }, post, {}).length, 1);
});

test('create asks as the description says, and reads its answers', async (context) => {
  const { seen, url } = await github(context);
  const record = await run(context, url, 'create', '--environment', 'production');
  judge(seen);
  assert.equal(record.data.deployment.id, 1);
  assert.deepEqual(
    seen.map((request) => `${request.method} ${request.path}`),
    [
      'GET /repos/octocat/example/deployments',
      'GET /repos/octocat/example/deployments/1/statuses',
      'POST /repos/octocat/example/deployments',
      'POST /repos/octocat/example/deployments/1/statuses',
    ],
  );
});

test('every state is told as the description says', async (context) => {
  const { seen, url } = await github(context);
  for (const state of ['queued', 'in_progress', 'success', 'failure', 'error', 'inactive']) {
    const more = ['--environment-url', 'https://shop.example.com', '--description', 'ä'.repeat(300)];
    await run(context, url, 'status', '--deployment-id', '1', '--state', state, ...more);
  }
  judge(seen);
  assert.equal(seen.length, 6);
  assert.ok(seen.every((request) => [...request.body.description].length <= 140));
});
