// The OpenAPI document that Unleash serves of itself, made into a suite that is run against that very
// server: a real application on PostgreSQL, with its own faults. run.sh gives SERVER_URL and BIN.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from './postgres.mjs';
import { query } from './site.mjs';
import { run } from './tools.mjs';

const server = process.env.SERVER_URL;
const token = 'a-token/that+nobody=issued'; // without authentication none is asked for, but of clients

async function unleash(context) {
  const name = `unleash_${process.pid}`;
  const url = server.replace('/postgres?', `/${name}?`);
  await query(server, `create database ${name}`);
  await query(server, `alter database ${name} set search_path = public`);
  const port = await freePort();
  const program = fileURLToPath(new URL('unleash_server.mjs', import.meta.url));
  const child = fork(program, [url, String(port)], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  context.after(async () => {
    child.kill('SIGKILL');
    await query(server, `drop database if exists ${name} with (force)`);
  });
  await new Promise((done, fail) => {
    child.once('message', done);
    child.once('exit', (code) => fail(new Error(`unleash ended with ${code}: ${said.slice(-2000)}`)));
  });
  return { url: `http://127.0.0.1:${port}`, database: url };
}

// What really is wrong: between the document and the server, or for want of data.
const known = {
  validatetoken: /401 Unauthorized.*Token was not valid/s, // no invitation has that token
  getuserroles: /status: expected 200, got 400/, // and no user that id
  getallclientfeatures: /status: expected 200, got 401/, // wants a client's token
  getfrontendfeatures: /status: expected 200, got 401/, // and so does this
  getinstanceadminstats: /could not be validated.*'SCIMenabled'/s, // the document does not have it
};

test('the document of a real service finds what is right and wrong with it', async (context) => {
  const { url, database } = await unleash(context);
  const folder = mkdtempSync(join(tmpdir(), 'slipway-unleash-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const document = await (await fetch(`${url}/docs/openapi.json`)).text();
  writeFileSync(join(folder, 'unleash.json'), document);
  const gets = Object.values(JSON.parse(document).paths).filter((path) => path.get).length;

  // All that has no example is listed, and nothing written.
  const refused = await run('smoke-http', ['import', 'unleash.json'], { folder });
  assert.equal(refused.code, 1, refused.log);
  const { converted, left } = refused.record.data;
  assert.equal(converted + left, gets, refused.log);
  assert.match(refused.log, /GET \/api\/admin\/projects\/\{projectId\}\/overview: it has no example: give --var projectId=VALUE/);

  const made = await run('smoke-http', ['import', 'unleash.json', '--to', 'u.yaml', '--allow-partial'], { folder });
  assert.equal(made.code, 0, made.log);
  const env = { APIKEY_API_KEY: token, BEARERTOKEN_TOKEN: token };
  const smoke = () => run('smoke-http', ['u.yaml', '--base-url', url, '--har', 'all.har'], { folder, env });
  const first = await smoke();
  const failed = first.record.checks.filter(({ status }) => status !== 'passed');
  context.diagnostic(`${first.record.checks.length - failed.length} of ${first.record.checks.length} steps of ${gets} operations pass`);
  assert.equal(first.record.checks.length, converted);
  assert.ok(converted - failed.length >= 35, first.log);
  for (const { id, message } of failed) assert.match(message, known[id] ?? /^$/, `${id}: ${message}`);
  for (const text of [first.log, first.text, readFileSync(join(folder, 'all.har'), 'utf8')]) {
    assert.ok(!text.includes(token) && !text.includes(encodeURIComponent(token)));
  }

  // A fault in its database is found by the step that it is of.
  await query(database, 'alter table tag_types rename column description to text');
  const second = await smoke();
  const more = second.record.checks.filter(({ id, status }) => status === 'failed' && !known[id]);
  assert.ok(more.some(({ id, message }) => id === 'gettagtypes' && /got 500/.test(message)), second.log);
});
