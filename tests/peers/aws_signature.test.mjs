// Steps signed for AWS: for S3 judged by a store that verifies (OpenStack Swift with s3api), for
// other services by the signer of AWS's own SDK. run.sh gives BIN (the built tools).
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { key, secret, startSwift } from './swift.mjs';
import { run } from './tools.mjs';

const environment = { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret };

function scratch(context) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-aws-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function smoke(folder, suite, args, env) {
  writeFileSync(join(folder, 'suite.yaml'), suite);
  const made = await run('smoke-http', ['suite.yaml', '--har', 'all.har', ...args], { folder, env });
  const checks = Object.fromEntries((made.record?.checks ?? []).map((check) => [check.id, check]));
  return { ...made, checks, written: made.log + made.text + readFileSync(join(folder, 'all.har'), 'utf8') };
}

test('a store that verifies signatures takes those of a suite, and no others', async (context) => {
  const swift = await startSwift();
  context.after(() => swift.stop());
  const made = await smoke(
    scratch(context),
    `defaults: { aws_sigv4: { service: s3, region: us-east-1 } }
steps:
- { id: make, put: /smoke }
- { id: put, put: "/smoke/a%20b/%C3%BC%2Bc%3D1.txt", body: "some text", headers: { content-type: text/plain } }
- { id: get, get: "/smoke/a%20b/%C3%BC%2Bc%3D1.txt", expect: { body: "some text", headers: { content-type: text/plain } } }
- { id: list, get: "/smoke?prefix=a%20b/&delimiter=", expect: { body: { contains: "c=1.txt" } } }
- id: written
  get: /smoke
  aws_sigv4: { service: s3, region: us-east-1, access_key_id: "\${KEY}", secret_access_key: "\${WRITTEN_SECRET}" }
- { id: unsigned, get: /smoke, aws_sigv4: false, expect: { status: 4xx } }
- id: wrong
  get: /smoke
  aws_sigv4: { service: s3, region: us-east-1, access_key_id: "\${KEY}", secret_access_key: "another-secret-0123" }
  expect: { status: 403, body: { contains: SignatureDoesNotMatch } }
teardown:
- { id: remove, delete: "/smoke/a%20b/%C3%BC%2Bc%3D1.txt", expect: { status: 204 } }
- { id: drop, delete: /smoke, expect: { status: 204 } }
`,
    ['--base-url', swift.endpoint],
    { ...environment, KEY: key, WRITTEN_SECRET: secret },
  );
  assert.equal(made.code, 0, made.log);
  assert.equal(made.record.checks.length, 9);
  assert.ok(made.record.checks.every(({ status }) => status === 'passed'));
  for (const one of [secret, 'another-secret-0123']) assert.ok(!made.written.includes(one));
});

/** A service that signs what it is asked again, as AWS's SDK does, and answers 403 where that differs. */
async function service(context, credentials, seen) {
  const signer = new SignatureV4({ credentials, region: 'eu-central-1', service: 'execute-api', sha256: Sha256 });
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const [path, search = ''] = request.url.split('?');
    const query = {};
    for (const part of search.split('&').filter(Boolean)) {
      const [name, value = ''] = part.split('=').map(decodeURIComponent);
      query[name] = query[name] === undefined ? value : [query[name], value].flat();
    }
    const theirs = request.headers.authorization ?? '';
    const names = (theirs.match(/SignedHeaders=([^,]+)/)?.[1] ?? '').split(';');
    const headers = Object.fromEntries(names.filter((name) => request.headers[name] !== undefined).map((name) => [name, request.headers[name]]));
    const date = (request.headers['x-amz-date'] ?? '').replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5');
    const signed = await signer.sign(
      { method: request.method, protocol: 'http:', hostname: '127.0.0.1', path, query, headers, body: Buffer.concat(chunks) },
      { signingDate: new Date(date || 0) },
    );
    seen.push({ url: request.url, headers: request.headers });
    const right = signed.headers.authorization === theirs && Math.abs(new Date(date || 0) - Date.now()) < 300e3;
    response.writeHead(right ? 200 : 403, { 'content-type': 'application/json', etag: '"1"' });
    response.end(JSON.stringify({ ours: signed.headers.authorization, echo: request.headers['x-amz-security-token'] }));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  context.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

test("AWS's own SDK signs the same requests so", async (context) => {
  const seen = [];
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'session/token+of=the==role' };
  const url = await service(context, credentials, seen);
  const made = await smoke(
    scratch(context),
    `defaults: { aws_sigv4: { service: execute-api, region: "{{where}}" }, follow_redirects: true }
variables: { where: eu-central-1, odd: "a/b ü&=+" }
steps:
- { id: plain, get: / }
- { id: path, get: "/stage/{{odd}}/%2F/x;y=1/~z/." }
- { id: query, get: "/p?b=2&a=1&a=0&empty=&flag&text={{odd}}&plus=a+b&%7E=~" }
- { id: json, post: /items, json: { name: "ü", token: "{{odd}}" }, headers: { X-Amz-Target: "Service_1.Do  it", x-other: unsigned } }
- { id: form, put: /items, form: { a: "b c", d: "ü" } }
- { id: again, delete: "/items/1", repeat: 2 }
- { id: tags, get: /burst }
- { id: basic, get: /, basic: { user: a, password: bcdefg }, expect: { status: 403 } }
`,
    ['--base-url', url],
    { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey, AWS_SESSION_TOKEN: credentials.sessionToken },
  );
  assert.equal(made.code, 0, made.log + JSON.stringify(seen.at(-1)));
  assert.equal(seen.length, 9);
  assert.match(seen[0].headers.authorization, /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/execute-api\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/);
  for (const one of [credentials.secretAccessKey, credentials.sessionToken, encodeURIComponent(credentials.sessionToken)]) {
    assert.ok(!made.written.includes(one), one);
  }
});

test('without credentials nothing is asked', async (context) => {
  const seen = [];
  const url = await service(context, { accessKeyId: 'a', secretAccessKey: 'b' }, seen);
  const folder = scratch(context);
  writeFileSync(join(folder, 'suite.yaml'), 'steps:\n- { id: a, get: /, aws_sigv4: { service: execute-api } }\n');
  const made = await run('smoke-http', ['suite.yaml', '--base-url', url], { folder });
  assert.equal(made.code, 1, made.log);
  assert.match(made.record.checks[0].message, /AWS_ACCESS_KEY_ID|credentials/);
  assert.equal(seen.length, 0);
});
