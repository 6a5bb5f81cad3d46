// health-check at servers that misbehave: a clear check each, in bounded time and memory.
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import {join} from 'node:path';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {gzipSync} from 'node:zlib';

import {certificate, gigabyte, json, raw, scratch, serve, smoke} from '../support/actions/smoke.mjs';

const small = 80 * 1024; // KiB

const look = (folder, args, options = {}) =>
    smoke(folder, args, {...options, program : 'health-check', time : true});

function looks(folder, probes, options = {}) {
    writeFileSync(join(folder, 'probes.yaml'), probes);
    return look(folder, [ '--file', 'probes.yaml' ], options);
}

async function listen(t, server) {
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    t.after(() => server.close());
    return server.address().port;
}

test('a server that never answers was not reached, within the time of the probe', async (t) => {
    const url = await raw(t, () => {});
    const result = await looks(scratch(t), `probes:\n- { http: "${url}/", timeout: 300ms }\n`);
    assert.equal(result.code, 3, result.err);
    assert.match(result.checks.http.message, /no whole answer from 127.0.0.1:\d+ within 300 ms/);
});

test('an answer that ends half way is none', async (t) => {
    const url =
        await raw(t, (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"sta'));
    const result = await look(scratch(t), [ `${url}/` ]);
    assert.notEqual(result.code, 0, result.err);
    assert.match(result.checks.http.message, /closed the connection before the end of its answer/);
});

test('a body of one gigabyte and a gzip bomb are no answers of health', async (t) => {
    const large = await gigabyte(t);
    const bomb = gzipSync(Buffer.alloc(200 << 20));
    const {url} = await serve(
        t, (_request, response) => response.writeHead(200, {'content-encoding' : 'gzip'}).end(bomb));
    for (const each of [large, url]) {
        const result = await look(scratch(t), [ `${each}/` ]);
        assert.equal(result.code, 1, result.err);
        assert.match(result.checks.http.message, /body: is larger than 10485760 bytes/);
        assert.ok(result.peak < small, `${result.peak} KiB`);
    }
});

test('a redirect, and what is no UTF-8, are told', async (t) => {
    const {url} = await serve(t, (request, response) => {
        response.writeHead(302, {location : `${request.url}x`}).end();
    });
    const loop = await look(scratch(t), [ `${url}/` ]);
    assert.equal(loop.code, 1, loop.err);
    assert.match(loop.checks.http.message, /expected 2xx, got 302|answers 302/);
    const bytes = 'HTTP/1.1 503 No\r\nContent-Length: 20\r\n\r\n{"status":"\xc3(\xff down"}';
    const odd = await raw(t, (socket) => socket.end(Buffer.from(bytes, 'latin1')));
    const result = await look(scratch(t), [ `${odd}/` ]);
    assert.equal(result.code, 1, result.err);
    assert.match(result.checks.http.message, /503/);
    assert.ok(!/[\x80-\x9f]/.test(result.err), 'valid text only');
});

test('a certificate that has expired or that nobody signed is told', async (t) => {
    const folder = scratch(t);
    const answer = (_request, response) => json(response, 200, {status : 'UP'});
    const own = await listen(t, https.createServer(certificate(folder, 'own'), answer));
    const old = await listen(t, https.createServer(certificate(folder, 'old', {days : 0}), answer));
    await sleep(1100); // it is valid in its last second
    const signed = await look(folder, [ `https://127.0.0.1:${own}/`, '--wait', '300ms' ]);
    assert.notEqual(signed.code, 0);
    assert.match(signed.checks.http.message, /the certificate of 127.0.0.1:\d+ is self-signed/);
    writeFileSync(
        join(folder, 'probes.yaml'),
        `probes:\n- { id: old, http: "https://127.0.0.1:${old}/", ca_file: old.pem }\n`);
    const expired = await look(folder, [ '--file', 'probes.yaml' ]);
    assert.notEqual(expired.code, 0);
    const message = Object.values(expired.checks)[0].message;
    assert.match(message, /the certificate of 127.0.0.1:\d+ has expired/);
});

test('HTTP/2, IPv6 and a proxy are no obstacles', async (t) => {
    const folder = scratch(t);
    let version;
    const server = http2.createSecureServer(
        {...certificate(folder, 'own'), allowHTTP1 : true}, (request, response) => {
            version = request.httpVersion;
            response.writeHead(200, {'content-type' : 'application/json'});
            response.end('{"status": "UP"}');
        });
    const port = await listen(t, server);
    const six = await serve(t, (_request, response) => json(response, 200, {}), {host : '::1'});
    const two = `probes:\n- { http: "https://127.0.0.1:${port}/", ca_file: own.pem }\n`;
    assert.equal((await looks(folder, two)).code, 0);
    assert.equal(version, '2.0');
    assert.equal((await look(folder, [ `${six.url}/` ])).code, 0);
    const asked = [];
    const proxy = await listen(t, http.createServer((request, response) => {
        asked.push(request.url);
        json(response, 200, {status : 'UP'});
    }));
    const env = {http_proxy : `http://127.0.0.1:${proxy}`};
    const result = await look(folder, [ 'http://shop.example.net/health' ], {env});
    assert.equal(result.code, 0, result.err);
    assert.deepEqual(asked, [ 'http://shop.example.net/health' ]);
});
