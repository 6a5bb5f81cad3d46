// What a suite can say, against servers that answer as the case needs it.
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {json, run, scratch, serve, smoke} from '../support/actions/smoke.mjs';

const statuses = (result) =>
    Object.fromEntries(Object.entries(result.checks).map(([ id, check ]) => [id, check.status]));

test('what the exchange itself should be is told step by step', async (t) => {
    const {url} = await serve(t, (request, response) => {
        if (request.url === '/one')
            return response.writeHead(302, {location : '/two'}).end();
        if (request.url === '/two')
            return response.writeHead(301, {location : '/end'}).end();
        response.setHeader(
            'set-cookie',
            [ 'sid=0123456789abcdef0; Path=/; HttpOnly; SameSite=Lax', 'theme=dark' ]);
        json(response, 200, {items : [ {n : 1}, {n : 2} ]});
    });
    const folder = scratch(t);
    const body = '{"items":[{"n":1},{"n":2}]}';
    const sha256 = createHash('sha256').update(body).digest('hex');
    const good = await run(
        folder,
        `steps:
- id: all
  get: /one
  follow_redirects: true
  expect:
    status: [200, 3xx]
    redirects: [{ status: 302, to: "/\\\\/two$/" }, "/\\\\/end$/"]
    url: /end$/
    http_version: 1.1
    cookies: { sid: length 17, "sid[HttpOnly]": true, "sid[SameSite]": Lax, theme: dark }
    headers: { x-none: absent, content-type: /json/ }
    body: { sha256: ${sha256}, bytes: ${body.length}, regex: '"n":2' }
    jq: { '[.items[].n]': "all > 0", '[.items[].n] ': any == 2, .items: length 2 }
    response: { '.headers["content-type"] | length': 1, .redirects: length 2 }
    schema: { type: object, required: [items] }
`,
        [ '--base-url', url ],
    );
    assert.equal(good.code, 0, good.err);
    const bad = await run(
        folder,
        `steps:
- { id: redirects, get: /one, follow_redirects: true, expect: { redirects: 1 } }
- { id: cookie, get: /end, expect: { cookies: { "sid[Secure]": true, theme: light } } }
- { id: version, get: /end, expect: { http_version: 2 } }
- { id: tls, get: /end, expect: { tls: { days_left: "> 14" } } }
- { id: bytes, get: /end, expect: { body: { bytes: "> 1000" } } }
- { id: any, get: /end, expect: { jq: { '[.items[].n]': any > 2 } } }
`,
        [ '--base-url', url ],
    );
    assert.equal(bad.code, 1);
    const message = (id) => bad.checks[id].message;
    assert.match(message('redirects'), /redirects: expected 1, got 2/);
    assert.match(
        message('cookie'),
        /cookie sid\[Secure\]: expected true, got false\ncookie theme: expected light, got "dark"/);
    assert.match(message('version'), /http_version: expected "?2"?, got "1.1"/);
    assert.match(message('tls'), /tls days_left: expected > 14, got null/);
    assert.match(message('bytes'), /body bytes: expected > 1000, got 27/);
    assert.match(message('any'), /expected any > 2/);
});

test('rows of a list, of CSV and of JSON run a step each', async (t) => {
    const {url, asked} =
        await serve(t, (request, response) => json(response, 200, {path : request.url}));
    const folder = scratch(t);
    writeFileSync(join(folder, 'rows.csv'), 'name,code\r\n"a, ""b""",1\r\nc d,2\r\n');
    writeFileSync(join(folder, 'rows.json'), '[{"name":"x"},{"name":"y"}]');
    const result = await run(
        folder,
        `steps:
- { id: list, get: "/{{item}}", for_each: [1, two], expect: { jq: { .path: "/{{item}}" } } }
- { id: csv, get: "/{{name}}/{{code}}", for_each: rows.csv }
- { id: json, post: /, json: { name: "{{name}}", at: "{{index}}" }, for_each: rows.json }
- { id: after, get: /, needs: [csv] }
`,
        [ '--base-url', url ],
    );
    assert.equal(result.code, 0, result.err);
    assert.deepEqual(
        Object.keys(result.checks),
        [ 'list[1]', 'list[2]', 'csv[1]', 'csv[2]', 'json[1]', 'json[2]', 'after' ]);
    assert.deepEqual(
        asked.map((one) => one.url).slice(0, 4), [ '/1', '/two', '/a%2C%20%22b%22/1', '/c%20d/2' ]);
    assert.equal(asked[5].body, '{"name":"y","at":2}');
    const wrong = await run(
        folder, 'steps:\n- { id: a, get: /, for_each: none.csv }\n', [ '--base-url', url ]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /suite.yaml:2:.*none.csv/);
});

test('a poll asks until the answer has become so, and tells when it does not', async (t) => {
    let calls = 0;
    const {url} = await serve(t, (request, response) => {
        calls += 1;
        json(response, request.url === '/never' || calls < 4 ? 200 : 200, {
            state : request.url === '/never' || calls < 4 ? 'running' : 'done',
        });
    });
    const folder = scratch(t);
    const good = await run(
        folder,
        `steps:
- id: a
  get: /job
  poll: { until: '.state == "done"', every: 20ms, for: 10s }
  capture: { state: .state }
- { id: b, get: "/{{state}}" }
`,
        [ '--base-url', url ],
    );
    assert.equal(good.code, 0, good.err);
    assert.equal(good.record.data.steps[0].attempts, 4);
    const bad = await run(
        folder,
        `steps:\n- { id: a, get: /never, poll: { until: '.state == "done"', every: 50ms, for: 300ms } }\n`,
        [ '--base-url', url ],
    );
    assert.equal(bad.code, 1);
    assert.match(
        bad.checks.a.message,
        /poll: .state == "done" does not hold; the last answer was 200 OK.*running.*asked \d times within 300 ms/);
});

test('a retry waits as the server asks, and stop_if ends it', async (t) => {
    let calls = 0;
    const {url, asked} = await serve(t, (request, response) => {
        calls += 1;
        if (request.url === '/busy' && calls === 1)
            return json(response, 503, {}, {'retry-after' : '1'});
        json(response, request.url === '/denied' ? 403 : 200, {code : 'locked'});
    });
    const folder = scratch(t);
    const good =
        await run(folder, 'steps:\n- { id: a, get: /busy, retries: 2 }\n', [ '--base-url', url ]);
    assert.equal(good.code, 0, good.err);
    assert.equal(good.record.data.steps[0].attempts, 2);
    assert.ok(good.checks.a.duration_ms >= 1000, String(good.checks.a.duration_ms));
    const bad = await run(
        folder,
        `steps:
- { id: status, get: /denied, retries: 5, stop_if: [401, 403] }
- { id: jq, get: /denied, retries: 5, stop_if: '.code == "locked"' }
`,
        [ '--base-url', url ],
    );
    assert.equal(bad.code, 1);
    assert.deepEqual(bad.record.data.steps.map((step) => step.attempts), [ 1, 1 ]);
    assert.equal(asked.filter((one) => one.url === '/denied').length, 2);
});

test('repeated calls are judged by their 95th percentile', async (t) => {
    let calls = 0;
    const {url} = await serve(t, (_request, response) => {
        calls += 1;
        setTimeout(() => json(response, 200, {}), calls % 4 === 0 ? 400 : 0);
    });
    const folder = scratch(t);
    const result = await run(
        folder,
        `steps:
- { id: p95, get: /, repeat: 12, expect: { latency: < 300ms } }
- { id: p50, get: /, repeat: 12, expect: { latency: { p50: < 300ms, max: < 10s } } }
`,
        [ '--base-url', url ],
    );
    assert.match(
        result.checks.p95.message, /latency p95: expected < 300 ms, took .* \(of 12 calls\)/);
    assert.equal(result.checks.p50.status, 'passed', result.err);
});

test('credentials of every kind are sent as they should be', async (t) => {
    let tokens = 0;
    const {url, asked} = await serve(t, (request, response) => {
        if (request.url !== '/token')
            return json(response, 200, {});
        tokens += 1;
        json(response, 200, {access_token : `issued-token-${tokens}`, expires_in : 3600});
    });
    const folder = scratch(t);
    writeFileSync(join(folder, 'picture.png'), 'not really');
    const result = await run(
        folder,
        `steps:
- { id: basic, get: /basic, basic: { user: me, password: "\${BASIC_PASSWORD}" } }
- { id: key, get: "/key?a=1", api_key: { query: api_key, value: "\${API_KEY}" } }
- { id: header, get: /key, api_key: { header: X-API-Key, value: "\${API_KEY}" } }
- id: oauth
  get: /oauth
  oauth2: &client { token_url: /token, client_id: c, client_secret: "\${CLIENT_SECRET}", scope: "read write" }
- { id: oauth.again, get: /oauth, oauth2: *client }
- id: multipart
  post: /multipart
  multipart: { a: "1", picture: { file: picture.png, type: image/png } }
`,
        [ '--base-url', url ],
        {
            env : {
                BASIC_PASSWORD : 'basic-password-1',
                API_KEY : 'api-key-value-1',
                CLIENT_SECRET : 'client-secret-1'
            }
        },
    );
    assert.equal(result.code, 0, result.err);
    const by = (path) => asked.filter((one) => one.url.startsWith(path));
    assert.equal(
        by('/basic')[0].headers.authorization,
        `Basic ${Buffer.from('me:basic-password-1').toString('base64')}`);
    assert.equal(by('/key')[0].url, '/key?a=1&api_key=api-key-value-1');
    assert.equal(by('/key')[1].headers['x-api-key'], 'api-key-value-1');
    assert.equal(tokens, 1);
    assert.equal(by('/token')[0].body, 'grant_type=client_credentials&scope=read%20write');
    assert.equal(by('/oauth')[1].headers.authorization, 'Bearer issued-token-1');
    assert.match(
        by('/multipart')[0].body,
        /name="picture"; filename="picture.png"\r\nContent-Type: image\/png\r\n\r\nnot really\r\n/);
    for (const secret
             of ['basic-password-1', 'api-key-value-1', 'client-secret-1', 'issued-token-1'])
        assert.ok(!result.written.includes(secret), secret);
});

test('steps that do not depend on each other run together, the others wait', async (t) => {
    let running = 0;
    let most = 0;
    const {url, asked} = await serve(t, (request, response) => {
        running += 1;
        most = Math.max(most, running);
        setTimeout(() => {
            running -= 1;
            json(response, 200, {id : 7});
        }, 150);
    });
    const folder = scratch(t);
    const result = await run(
        folder,
        `steps:
- { id: a, post: /things, capture: { id: .id } }
- { id: b, get: "/things/{{id}}" }
- { id: c, delete: "/things/{{id}}" }
- { id: d, get: /other/1 }
- { id: e, get: /other/2 }
- { id: f, get: /other/3 }
- { id: g, get: /last, needs: [c, d, e, f] }
`,
        [ '--base-url', url, '--jobs', '8' ],
    );
    assert.equal(result.code, 0, result.err);
    assert.ok(most >= 3, `${most} at a time`);
    const order = asked.map((one) => `${one.method} ${one.url}`);
    const at = (what) => order.indexOf(what);
    assert.ok(
        at('POST /things') < at('GET /things/7') && at('GET /things/7') < at('DELETE /things/7'),
        order.join());
    assert.equal(at('GET /last'), 6);
    assert.deepEqual(Object.keys(result.checks), [ 'a', 'b', 'c', 'd', 'e', 'f', 'g' ]);
});

test('several suites log in once, and each has its own cookies and teardown', async (t) => {
    const {url, asked} = await serve(t, (request, response) => {
        if (request.url === '/login')
            response.setHeader('set-cookie', 'sid=session-cookie-value-1; Path=/');
        json(response, 200, {token : 'token-of-the-login-1'});
    });
    const folder = scratch(t);
    const write = (name, text) => writeFileSync(join(folder, name), text);
    write(
        'login.yaml',
        'steps:\n- { id: login, post: /login, capture: { token: .token } }\nteardown:\n- { id: logout, post: /logout }\n');
    write(
        'a.yaml',
        'include: login.yaml\nsteps:\n- { id: one, get: /a, bearer: "{{token}}", needs: [login] }\nteardown:\n- { id: t, get: /ta }\n');
    write('b.yaml', 'include: [login.yaml]\nsteps:\n- { id: one, get: /b, bearer: "{{token}}" }\n');
    const result = await smoke(folder, [ 'a.yaml', 'b.yaml', '--base-url', url ]);
    assert.equal(result.code, 0, result.err);
    assert.deepEqual(asked.map((one) => one.url), [ '/login', '/a', '/ta', '/b', '/logout' ]);
    assert.equal(asked[1].headers.cookie, 'sid=session-cookie-value-1');
    assert.equal(asked[3].headers.authorization, 'Bearer token-of-the-login-1');
    assert.deepEqual(Object.keys(result.checks), [ 'login', 'a/one', 'a/t', 'b/one', 'logout' ]);
    assert.ok(!result.written.includes('token-of-the-login-1'));
    assert.ok(!result.written.includes('session-cookie-value-1'));
});

for (const [how, options, args, code] of [
         [ 'a failure', {}, [], 1 ],
         [ 'Ctrl-C', {signal : 'SIGINT', after : 500}, [], 130 ],
         [ 'a termination', {signal : 'SIGTERM', after : 500}, [], 143 ],
         [ 'a deadline', {}, [ '--timeout', '500ms' ], 5 ],
]) {
    test(`the teardown runs after ${how}`, async (t) => {
        const {url, asked} = await serve(t, (request, response) => {
            if (request.url === '/hang' && (args.length > 0 || options.signal))
                return; // never
            json(response, request.url === '/hang' ? 500 : 200, {id : 'made'});
        });
        const result = await run(
            scratch(t),
            `setup:
- { id: make, post: /things, capture: { id: .id } }
steps:
- { id: hang, get: /hang, timeout: 30s }
- { id: never, get: /never, needs: [hang] }
teardown:
- { id: remove, delete: "/things/{{id}}" }
`,
            [ '--base-url', url, ...args ],
            options,
        );
        assert.equal(result.code, code, result.err);
        assert.equal(asked.at(-1).method + asked.at(-1).url, 'DELETE/things/made');
        assert.equal(result.checks.remove.status, 'passed');
        assert.notEqual(result.checks.never.status, 'passed');
        assert.ok(result.took < 4000, String(result.took));
    });
}

test('a secret is in no output, whatever way it comes back', async (t) => {
    const secret = 'p+/=Z "<&\'>ö9';
    const shapes = {
        raw : secret,
        percent : encodeURIComponent(secret),
        lower : encodeURIComponent(secret).replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
        plus : encodeURIComponent(secret).replaceAll('%20', '+'),
        base64 : Buffer.from(secret).toString('base64'),
        pair : Buffer.from(`user:${secret}`).toString('base64'),
        html : secret.replaceAll('&', '&amp;')
                   .replaceAll('<', '&lt;')
                   .replaceAll('>', '&gt;')
                   .replaceAll('"', '&quot;')
                   .replaceAll("'", '&#39;'),
        json : JSON.stringify(secret).slice(1, -1),
    };
    const {url} = await serve(t, (request, response) => {
        const shape = shapes[request.url.split('/')[2]] ?? '';
        if (request.url.startsWith('/body'))
            return response.writeHead(500).end(`before ${shape} after`);
        if (request.url.startsWith('/json'))
            return json(response, 500, {inner : {text : shape}});
        if (request.url.startsWith('/header'))
            return response.writeHead(500, {'x-echo' : encodeURI(shape)}).end();
        if (request.url.startsWith('/cookie'))
            return response.writeHead(500, {'set-cookie' : `a=${encodeURIComponent(shape)}`}).end();
        response.writeHead(302, {location : `/end?q=${encodeURIComponent(shape)}`}).end();
    });
    const folder = scratch(t);
    const steps = [];
    for (const shape of Object.keys(shapes))
        for (const place of ['body', 'json', 'header', 'cookie', 'url'])
            steps.push(
                `- { id: ${place}.${shape}, get: /${place}/${
                    shape}, basic: { user: user, password: "\${MY_PASSWORD}" }, expect: { body: nothing, headers: { x-echo: none, location: none }, cookies: { a: none }, jq: { .inner.text: none } } }`,
            );
    steps.push(
        '- { id: sent, post: "/x?secret=${MY_PASSWORD}", json: { password: "${MY_PASSWORD}" }, expect: { status: 418 } }');
    const har = join(folder, 'records/all.har');
    const result = await run(
        folder,
        `steps:\n${steps.join('\n')}\n`,
        [ '--base-url', url, '--har', har, '--log-level', 'debug' ],
        {
            env : {MY_PASSWORD : secret},
        });
    assert.equal(result.code, 1, result.err);
    assert.equal(result.record.checks.length, 41);
    const written = result.written + readFileSync(har, 'utf8');
    for (const [name, shape] of Object.entries(shapes)) {
        const utf8 = Buffer.from(shape).toString('latin1');
        assert.ok(!written.includes(shape) && !written.includes(utf8), name);
    }
});

test('the archive has the exchanges, without credentials', async (t) => {
    const {url} = await serve(t, (_request, response) => {
        response.setHeader('set-cookie', 'short=tiny');
        json(response, 200, {access_token : 'token-in-a-body-1', plain : 'shown'});
    });
    const folder = scratch(t);
    const file = join(folder, 'out.har');
    const result = await run(
        folder,
        `steps:
- { id: one, post: "/a?b=c", json: { x: 1 }, headers: { authorization: Bearer literal-token-1 } }
- { id: two, get: /b, expect: { status: 404 } }
- { id: nobody, get: "http://127.0.0.1:1/" }
`,
        [ '--base-url', url, '--har', file ],
    );
    const har = JSON.parse(readFileSync(file, 'utf8'));
    assert.equal(har.log.version, '1.2');
    const [one, two, nobody] = har.log.entries;
    assert.equal(one.request.method, 'POST');
    assert.deepEqual(one.request.queryString, [ {name : 'b', value : 'c'} ]);
    assert.equal(one.request.postData.text, '{"x":1}');
    assert.match(one.response.content.text, /"access_token":"\*\*\*","plain":"shown"/);
    assert.deepEqual(one.response.cookies, [ {name : 'short', value : '***'} ]);
    assert.deepEqual(two.request.cookies, [ {name : 'short', value : '***'} ]);
    assert.equal(nobody.response.status, 0);
    assert.match(nobody.response._error, /Connection refused/);
    assert.equal(one._step, 'one');
    assert.ok(!readFileSync(file, 'utf8').includes('literal-token-1'));
    assert.deepEqual(result.record.artifacts.map((one) => one.kind), [ 'har' ]);
});
