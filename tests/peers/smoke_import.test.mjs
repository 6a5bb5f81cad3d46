// Documents that nobody here wrote, made into suites: OpenAPI's of ReadMe and Scalar, and what
// Postman's own converter makes of them, run against Scalar's server for its document.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Ajv from 'ajv';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tool = join(process.env.SLIPWAY_BUILD_DIR ?? process.env.BUILD ?? join(root, 'build'), 'bin/smoke-http');
const modules = join(root, 'tests/peers/node_modules');
const require = createRequire(import.meta.url);

function scratch(t) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-import-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const environment = (folder) => ({ PATH: process.env.PATH, SLIPWAY_DIR: join(folder, 'records') });

function importIt(folder, ...args) {
  const result = spawnSync(tool, ['import', ...args, '--json', '--color', 'never'], {
    cwd: folder,
    env: environment(folder),
    encoding: 'utf8',
    timeout: 60000,
  });
  return { code: result.status, record: JSON.parse(result.stdout), err: result.stderr };
}

async function runIt(folder, suite, ...args) {
  const child = spawn(tool, [suite, '--json', '--color', 'never', ...args], { cwd: folder, env: environment(folder) });
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  const code = await new Promise((done) => child.on('close', done));
  return { code, record: JSON.parse(out), err };
}

/// Scalar's server for its own document.
async function galaxy(t) {
  const { createMockServer } = await import('@scalar/mock-server');
  const document = JSON.parse(readFileSync(join(modules, '@scalar/galaxy/dist/3.1.json'), 'utf8'));
  const app = await createMockServer({ document, specification: document });
  const server = http.createServer(async (request, response) => {
    const answer = await app.fetch(
      new Request(`http://localhost${request.url}`, { method: request.method, headers: request.headers }),
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

test("ReadMe's examples of OpenAPI become suites, or tell what does not", (t) => {
  const folder = scratch(t);
  let suites = 0;
  let steps = 0;
  let left = 0;
  for (const version of ['3.0', '3.1']) {
    const place = join(modules, '@readme/oas-examples', version, 'json');
    for (const name of readdirSync(place).filter((file) => file.endsWith('.json'))) {
      const to = join(folder, `${version}-${name}.suite.json.yaml`);
      const { code, record, err } = importIt(folder, join(place, name), '--to', to, '--allow-partial');
      assert.ok([0, 1, 2].includes(code), `${name}: ${code} ${err}`);
      assert.notEqual(record.error?.kind, 'internal', `${name}: ${err}`);
      if (code === 2) assert.match(err, /has no requests that could become steps/, name);
      suites += code === 0 ? 1 : 0;
      steps += record.data.converted ?? 0;
      left += record.data.left ?? 0;
    }
  }
  t.diagnostic(`${suites} suites of ${steps} steps, ${left} parts not converted`);
  assert.ok(suites >= 20 && steps >= 150, `${suites} ${steps}`);
});

test("Scalar's document becomes a suite that its own server passes", async (t) => {
  const folder = scratch(t);
  const made = importIt(folder, join(modules, '@scalar/galaxy/dist/3.1.json'), '--to', 'galaxy.yaml');
  assert.equal(made.code, 0, made.err);
  const url = await galaxy(t);
  const args = ['--base-url', url, '--var', 'basicAuth_user=marc', '--var', 'basicAuth_password=planets', '--var', 'BASICAUTH_USER=x', '--var', 'BASICAUTH_PASSWORD=x'];
  const result = await runIt(folder, 'galaxy.yaml', ...args);
  assert.equal(result.code, 0, result.err);
  assert.equal(result.record.data.steps.length, made.record.data.converted);
});

test("what Postman's converter makes of the document is imported and run as well", async (t) => {
  const folder = scratch(t);
  const converter = require('openapi-to-postmanv2');
  const data = readFileSync(join(modules, '@scalar/galaxy/dist/3.1.json'), 'utf8');
  const converted = await promisify(converter.convert)({ type: 'string', data }, { requestParametersResolution: 'Example' });
  assert.ok(converted.result, converted.reason);
  writeFileSync(join(folder, 'galaxy.json'), JSON.stringify(converted.output[0].data));
  const made = importIt(folder, 'galaxy.json', '--to', 'galaxy.yaml', '--allow-partial');
  assert.equal(made.code, 0, made.err);
  assert.ok(made.record.data.converted >= 8, made.err);
  const url = await galaxy(t);
  const wanted = readFileSync(join(folder, 'galaxy.yaml'), 'utf8').match(/\$\{(\w+)\}/g) ?? [];
  const values = [...new Set(wanted)].flatMap((name) => ['--var', `${name.slice(2, -1)}=1`]);
  const result = await runIt(folder, 'galaxy.yaml', '--base-url', url, ...values);
  assert.ok(result.record.checks.filter((check) => check.status === 'passed').length >= 3, result.err);
});

test('the archive is one by the HAR schema', async (t) => {
  const folder = scratch(t);
  const schemas = require('har-schema');
  const ajv = new Ajv({ strict: false, validateSchema: false });
  ajv.addFormat('date-time', (text) => !Number.isNaN(Date.parse(text)));
  ajv.addFormat('uri', (text) => URL.canParse(text));
  ajv.addFormat('ipv4', (text) => isIP(text) === 4).addFormat('ipv6', (text) => isIP(text) === 6);
  for (const schema of Object.values(schemas)) if (schema.$id) ajv.addSchema({ ...schema, $schema: undefined });
  const url = await galaxy(t);
  writeFileSync(join(folder, 's.yaml'), 'steps:\n- { id: a, get: /planets }\n- { id: b, post: "/planets?a=b", json: { x: 1 }, expect: { status: [2xx, 4xx] } }\n- { id: c, get: "http://127.0.0.1:1/" }\n');
  await runIt(folder, 's.yaml', '--base-url', url, '--har', 'out.har');
  const validate = ajv.getSchema('har.json#') ?? ajv.getSchema('har.json');
  assert.ok(validate(JSON.parse(readFileSync(join(folder, 'out.har'), 'utf8'))), JSON.stringify(validate.errors));
});
