// Servers that misbehave: a clear check each, in bounded time and memory.
import assert from 'node:assert/strict';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {gzipSync} from 'node:zlib';

import {certificate, gigabyte, json, raw, run, scratch, serve} from '../support/actions/smoke.mjs';

const one = (more = '') => `steps:\n- { id: a, get: /${more} }\n`;

test('a server that never answers is told after the time of the step', async (t) => {
    const url = await raw(t, () => {});
    const result = await run(scratch(t), one(', timeout: 300ms'), [ '--base-url', url ]);
    assert.equal(result.code, 3, result.err);
    assert.match(result.checks.a.message, /no whole answer from 127.0.0.1:\d+ within 300 ms/);
    assert.ok(result.took < 3000);
});

test('an answer that ends half way is no answer', async (t) => {
    const url = await raw(
        t, (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half":'));
    const result = await run(scratch(t), one(), [ '--base-url', url ]);
    assert.notEqual(result.code, 0);
    assert.match(result.checks.a.message, /closed the connection before the end of its answer/);
});

test('what is no HTTP is told as that', async (t) => {
    const url = await raw(t, (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    const result = await run(scratch(t), one(), [ '--base-url', url ]);
    assert.equal(result.code, 1, result.err);
    assert.match(result.checks.a.message, /is no HTTP/);
});

test('of a body of one gigabyte only the beginning is read, and memory stays small', async (t) => {
    const url = await gigabyte(t);
    const folder = scratch(t);
    const measured = await run(folder, one(), [ '--base-url', url ], {time : true});
    assert.equal(measured.code, 1, measured.err);
    assert.match(
        measured.checks.a.message,
        /body: is larger than 10485760 bytes \(content-length 1073741824\), the rest was not read/);
    assert.ok(measured.peak < 80 * 1024, `${measured.peak} KiB`);
});

test('a gzip bomb is read no further than a plain body', async (t) => {
    const bomb = gzipSync(Buffer.alloc(200 << 20));
    const {url} = await serve(
        t,
        (_request, response) =>
            response
                .writeHead(200, {'content-encoding' : 'gzip', 'content-type' : 'application/json'})
                .end(bomb),
    );
    const result = await run(
        scratch(t), one(', expect: { jq: { .a: 1 } }'), [ '--base-url', url ], {time : true});
    assert.equal(result.code, 1);
    assert.match(result.checks.a.message, /body: is larger than 10485760 bytes/);
    assert.ok(result.peak < 80 * 1024, `${result.peak} KiB`);
});

test('a redirect without end is told with its last address', async (t) => {
    const {url} = await serve(
        t, (request, response) => response.writeHead(302, {location : `${request.url}x`}).end());
    const result = await run(scratch(t), one(', follow_redirects: true'), [ '--base-url', url ]);
    assert.equal(result.code, 1, result.err);
    assert.match(result.checks.a.message, /redirects more than 10 times, last to .*xxx/);
});

test('invalid UTF-8 in a body and in a header is shown, and is no JSON', async (t) => {
    const url = await raw(
        t,
        (socket) => socket.end(Buffer.from(
            'HTTP/1.1 200 OK\r\nx-odd: \xff\xfe\r\nContent-Length: 11\r\n\r\n{"a":"\xc3(\xff"}',
            'latin1')),
    );
    const result = await run(
        scratch(t),
        one(', expect: { jq: { .a: 1 }, headers: { x-odd: fine } }'),
        [ '--base-url', url ]);
    assert.equal(result.code, 1, result.err);
    assert.match(result.checks.a.message, /header x-odd: expected fine/);
    assert.match(result.checks.a.message, /jq: the body is no JSON|jq .a: expected 1/);
});

async function listen(t, server, host = '127.0.0.1') {
    await new Promise((done) => server.listen(0, host, done));
    t.after(() => server.close());
    return server.address().port;
}

test('a certificate that nobody signed is told, and may be accepted by name', async (t) => {
    const folder = scratch(t);
    const own = certificate(folder, 'own');
    const answer = (_request, response) => json(response, 200, {});
    const port = await listen(t, https.createServer(own, answer));
    const suite = `steps:
- { id: refused, get: / }
- { id: trusted, get: /, ca_file: own.pem, expect: { tls: { days_left: "> 20", subject: /localhost/ } } }
- { id: soon, get: /, ca_file: own.pem, expect: { tls: { days_left: "> 60" } } }
- { id: insecure, get: /, insecure: true }
`;
    // Each by an address of its own, since a server that refuses is not asked again.
    const result = await run(
        folder,
        suite.replace('refused, get: /', 'refused, get: "https://localhost:' + port + '/"'),
        [
            '--base-url',
            `https://127.0.0.1:${port}`,
        ]);
    assert.match(result.checks.refused.message, /the certificate of localhost:\d+ is self-signed/);
    assert.equal(result.checks.trusted.status, 'passed', result.err);
    assert.match(result.checks.soon.message, /tls days_left: expected > 60, got (29|30)/);
    assert.equal(result.checks.insecure.status, 'passed');
});

test('a certificate that has expired is told, and no step passes for it', async (t) => {
    const folder = scratch(t);
    const old = certificate(folder, 'old', {days : 0});
    const server = https.createServer(old, (_request, response) => json(response, 200, {}));
    const port = await listen(t, server);
    await sleep(1100); // it is valid in its last second
    const result = await run(
        folder,
        `steps:
- { id: old, get: /, ca_file: old.pem }
- { id: insecure, get: "https://localhost:${port}/", insecure: true, expect: { tls: { days_left: "> 0" } } }
`,
        [ '--base-url', `https://127.0.0.1:${port}` ]);
    assert.equal(result.code, 1, result.err);
    assert.match(result.checks.old.message, /the certificate of 127.0.0.1:\d+ has expired/);
    assert.match(result.checks.insecure.message, /tls days_left: expected > 0, got (0|-1)/);
});

test('HTTP/2 is spoken where it is offered', async (t) => {
    const folder = scratch(t);
    const own = certificate(folder, 'own');
    const server = http2.createSecureServer({...own, allowHTTP1 : true}, (_request, response) => {
        response.writeHead(200, {'content-type' : 'application/json'});
        response.end('{}');
    });
    const port = await listen(t, server);
    const result = await run(
        folder,
        `steps:
- { id: two, get: /, ca_file: own.pem, expect: { http_version: 2 } }
- { id: one, get: /, ca_file: own.pem, version: 1.1, expect: { http_version: 1.1 } }
`,
        [ '--base-url', `https://127.0.0.1:${port}` ],
    );
    assert.equal(result.code, 0, result.err);
});

test('IPv6 and a proxy are no obstacles', async (t) => {
    const six = await serve(t, (_request, response) => json(response, 200, {}), {host : '::1'});
    const proxied = [];
    const proxy = http.createServer((request, response) => {
        proxied.push(request.url);
        json(response, 200, {by : 'proxy'});
    });
    const port = await listen(t, proxy);
    const folder = scratch(t);
    assert.equal((await run(folder, one(), [ '--base-url', six.url ])).code, 0);
    const result = await run(
        folder,
        one(', expect: { jq: { .by: proxy } }'),
        [ '--base-url', 'http://shop.example.net' ],
        {
            env : {http_proxy : `http://127.0.0.1:${port}`},
        });
    assert.equal(result.code, 0, result.err);
    assert.deepEqual(proxied, [ 'http://shop.example.net/' ]);
});
