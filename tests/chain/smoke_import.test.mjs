// smoke-http import: what becomes a step, an expectation or a capture, and what is left over.
import assert from 'node:assert/strict';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

import {json, scratch, serve, smoke} from '../support/actions/smoke.mjs';

const postman = (item, more = {}) => JSON.stringify({
    info : {
        name : 'shop',
        schema : 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json'
    },
    item,
    ...more,
});

const tested = (name, request, ...exec) =>
    ({name, request, event : [ {listen : 'test', script : {exec}} ]});

async function shop(t) {
    return serve(t, (request, response, body) => {
        if (request.url.startsWith('/login'))
            return json(
                response, 201, {token : 'token-of-the-shop-1', user : {roles : [ 'a', 'b' ]}});
        if (request.url.startsWith('/old'))
            return response.writeHead(302, {location : '/new'}).end();
        json(
            response,
            200,
            {
                url : request.url,
                auth : request.headers.authorization ?? null,
                body,
                n : 5,
                name : 'x "y"'
            },
            {'x-kind' : 'shop'});
    });
}

test('a Postman collection becomes a suite that passes where its scripts would', async (t) => {
    const {url, asked} = await shop(t);
    const folder = scratch(t);
    const collection = postman(
        [
            tested(
                'log in',
                {
                    method : 'POST',
                    url : '{{base-url}}/login',
                    header : [ {key : 'X-Off', value : '1', disabled : true} ],
                    body : {
                        mode : 'raw',
                        raw : '{"user": "{{user}}", "price": "$5"}',
                        options : {raw : {language : 'json'}}
                    },
                },
                'pm.test("created", function () {',
                '  pm.response.to.have.status(201);',
                '});',
                'const body = pm.response.json();',
                "pm.test('roles', () => { pm.expect(body.user.roles).to.be.an('array').that.includes('a'); pm.expect(body.user.roles.length).to.eql(2) });",
                'pm.environment.set("token", body.token); // for the others',
                ),
            {
                name : 'folder',
                auth : {type : 'bearer', bearer : [ {key : 'token', value : '{{token}}'} ]},
                item : [
                    tested(
                        'things',
                        {
                            method : 'GET',
                            url : {
                                raw : '{{base-url}}/things/:id?q=a b',
                                variable : [ {key : 'id', value : '7'} ]
                            }
                        },
                        'pm.test("all", function() {',
                        '  var data = JSON.parse(responseBody);',
                        '  pm.expect(pm.response.code).to.be.oneOf([200, 204]);',
                        '  pm.expect(data.n).to.be.above(4);',
                        '  pm.expect(data).to.have.property("name", \'x "y"\');',
                        '  pm.expect(data.auth).to.not.be.null;',
                        '  pm.expect(data.url).to.match(/^\\/things\\/7/);',
                        '  pm.expect(pm.response.headers.get("X-Kind")).to.equal("shop");',
                        '  pm.expect(pm.response.responseTime).to.be.below(5000);',
                        '  pm.expect(pm.response.text()).to.include("things");',
                        '});',
                        ),
                    {
                        name : 'moved',
                        request :
                            {method : 'GET', url : '{{base-url}}/old', auth : {type : 'noauth'}}
                    },
                    {
                        name : 'form',
                        request : {
                            method : 'POST',
                            url : '{{base-url}}/form',
                            body :
                                {mode : 'urlencoded', urlencoded : [ {key : 'a', value : 'b c'} ]}
                        },
                    },
                ],
            },
        ],
        {variable : [ {key : 'base-url', value : url}, {key : 'user', value : 'me'} ]},
    );
    writeFileSync(join(folder, 'shop.json'), collection);
    const made = await smoke(folder, [ 'import', 'shop.json' ]);
    assert.equal(made.code, 0, made.err);
    assert.deepEqual(
        made.record.data, {document : 'shop.json', format : 'postman', converted : 4, left : 0});
    const result = await smoke(folder, [ 'shop.smoke.yaml' ]);
    assert.equal(
        result.code, 0, result.err + readFileSync(join(folder, 'shop.smoke.yaml'), 'utf8'));
    assert.deepEqual(
        asked.map((one) => one.url), [ '/login', '/things/7?q=a%20b', '/old', '/new', '/form' ]);
    assert.equal(asked[0].body, '{"user": "me", "price": "$5"}');
    assert.equal(asked[1].headers.authorization, 'Bearer token-of-the-shop-1');
    assert.equal(asked[2].headers.authorization, undefined);
    assert.equal(asked[4].body, 'a=b%20c');
    // And fails where they would fail.
    writeFileSync(
        join(folder, 'shop.json'),
        collection.replace('above(4)', 'above(5)').replace('oneOf([200', 'oneOf([201'));
    assert.equal((await smoke(folder, [ 'import', 'shop.json' ])).code, 4);
    assert.equal((await smoke(folder, [ 'import', 'shop.json', '--yes' ])).code, 0);
    const bad = await smoke(folder, [ 'shop.smoke.yaml' ]);
    assert.match(bad.checks['folder-things'].message, /status: expected 201 or 204, got 200/);
    assert.match(bad.checks['folder-things'].message, /\.n \| \. > 5: expected true, got false/);
});

test(
    'what is not converted is listed, and nothing is written unless that is allowed', async (t) => {
        const folder = scratch(t);
        writeFileSync(
            join(folder, 'c.json'),
            postman([
                tested(
                    'a',
                    {method : 'GET', url : 'http://x.example/a', auth : {type : 'digest'}},
                    'if (pm.response.code === 200) {',
                    '  pm.expect(1).to.eql(1);',
                    '}'),
                {name : 'b', request : {method : 'PROPFIND', url : 'http://x.example/b'}},
            ]),
        );
        const refused = await smoke(folder, [ 'import', 'c.json' ]);
        assert.equal(refused.code, 1, refused.err);
        assert.ok(!existsSync(join(folder, 'c.smoke.yaml')));
        const left = refused.record.checks.filter((check) => check.status === 'failed')
                         .map((check) => check.message);
        assert.equal(left.length, 3);
        assert.match(left.join('\n'), /a: not converted: .*auth digest/);
        assert.match(left.join('\n'), /a: not converted: .*if \(pm.response.code === 200\) \{.*\}/);
        assert.match(left.join('\n'), /b: not converted: .*PROPFIND/);
        const allowed = await smoke(folder, [ 'import', 'c.json', '--allow-partial' ]);
        assert.equal(allowed.code, 0, allowed.err);
        assert.equal(allowed.record.status, 'warned');
        assert.match(
            readFileSync(join(folder, 'c.smoke.yaml'), 'utf8'), /^# Not converted:\n#   a: /m);
    });

test('a Hurl file becomes a suite: captures, asserts, options, bodies', async (t) => {
    const {url, asked} = await shop(t);
    const folder = scratch(t);
    writeFileSync(
        join(folder, 'shop.hurl'),
        `# a comment
POST {{host}}/login
Content-Type: application/json
{
  "user": "me"
}
HTTP 201
[Captures]
token: jsonpath "$.token"
[Asserts]
jsonpath "$.user.roles" count == 2
jsonpath "$.user.roles[*]" contains "b"
jsonpath "$['user'].roles[0]" == "a"
header "Content-Type" startsWith "application"

GET {{host}}/things
Authorization: Bearer {{token}}
[Query]
q: a b
[Options]
retry: 2
HTTP/1.1 200
X-Kind: shop
[Asserts]
jsonpath "$.n" > 4
jsonpath "$.n" isInteger
jsonpath "$.missing" not exists
jsonpath "$.auth" matches /^Bearer /
body contains "things"
duration < 5000
bytes count > 10

GET {{host}}/old
[Options]
location: true
HTTP 200
[Asserts]
url endsWith "/new"
redirects count == 1
`,
    );
    const made = await smoke(folder, [ 'import', 'shop.hurl', '--var', `host=${url}` ]);
    assert.equal(made.code, 0, made.err);
    const result = await smoke(folder, [ 'shop.smoke.yaml' ]);
    assert.equal(
        result.code, 0, result.err + readFileSync(join(folder, 'shop.smoke.yaml'), 'utf8'));
    assert.deepEqual(asked.map((one) => one.url), [ '/login', '/things?q=a%20b', '/old', '/new' ]);
    assert.equal(asked[1].headers.authorization, 'Bearer token-of-the-shop-1');
    writeFileSync(
        join(folder, 'odd.hurl'),
        'GET http://x.example/\nHTTP 200\n[Asserts]\nxpath "//p" count == 2\nbody urlDecode == "x"\n');
    const odd = await smoke(folder, [ 'import', 'odd.hurl' ]);
    assert.equal(odd.code, 1, odd.err);
    assert.match(odd.err, /odd.hurl:4: an assert that is not converted: xpath/);
    assert.equal(odd.record.data.left, 2);
    writeFileSync(join(folder, 'bad.hurl'), 'GET http://x.example/\nHTTP 200\nnonsense here\n');
    const bad = await smoke(folder, [ 'import', 'bad.hurl' ]);
    assert.equal(bad.code, 2);
    assert.match(bad.err, /bad.hurl:3: /);
});

test(
    'an OpenAPI document becomes a step for each safe operation, its schemas as draft 7',
    async (t) => {
        const {url} = await serve(
            t,
            (request, response) => json(
                response,
                200,
                request.url.startsWith('/pets/') ? {id : 7, tag : null, parent : {id : 1}}
                                                 : [ {id : '7'} ]),
        );
        const folder = scratch(t);
        writeFileSync(
            join(folder, 'api.yaml'),
            `openapi: 3.0.3
info: { title: pets, version: "1" }
servers: [{ url: "${url}" }]
paths:
  /pets:
    get:
      operationId: listPets
      parameters: [{ name: limit, in: query, example: 5, schema: { type: integer } }]
      responses: { "200": { description: ok, content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Pet" } } } } } }
    post: { responses: { "201": { description: made } } }
  /pets/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: integer, default: 7 } }]
    get:
      operationId: getPet
      responses: { "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } } }
  /owners/{name}:
    get:
      parameters: [{ name: name, in: path, required: true, schema: { type: string } }]
      responses: { "200": { description: ok } }
components:
  schemas:
    Pet:
      type: object
      required: [id, secret]
      properties:
        id: { type: integer, format: int64, minimum: 0, exclusiveMinimum: true }
        tag: { type: string, nullable: true }
        secret: { type: string, writeOnly: true }
        parent: { $ref: "#/components/schemas/Pet" }
      x-internal: true
`,
        );
        const refused = await smoke(folder, [ 'import', 'api.yaml' ]);
        assert.equal(refused.code, 1);
        assert.match(
            refused.err,
            /GET \/owners\/\{name\}: it has no example: give --var name=VALUE: path parameter name/);
        const made = await smoke(folder, [ 'import', 'api.yaml', '--var', 'name=o m' ]);
        assert.equal(made.code, 0, made.err);
        assert.match(
            readFileSync(join(folder, 'api.smoke.yaml'), 'utf8'), /get: "?\/owners\/o%20m"?\n/);
        const result = await smoke(folder, [ 'api.smoke.yaml' ]);
        assert.equal(result.checks.getpet.status, 'passed', result.err);
        assert.match(
            result.checks.listpets.message,
            /^schema api.smoke.schemas.json#\/definitions\/answer.listpets: .*/);
        assert.equal(result.record.data.steps[0].path, '/pets?limit=5');
    });

test('an .http file becomes a suite, and what editors add to it is left over', async (t) => {
    const {url, asked} = await shop(t);
    const folder = scratch(t);
    writeFileSync(
        join(folder, 'shop.http'),
        `@host = ${url}

### things
GET {{host}}/things
    ?a=1
    &b=2
X-One: two

###
# @name make
POST {{host}}/make HTTP/1.1
Content-Type: application/json

{"a": 1}
`,
    );
    assert.equal((await smoke(folder, [ 'import', 'shop.http' ])).code, 0);
    const result = await smoke(folder, [ 'shop.smoke.yaml' ]);
    assert.equal(result.code, 0, result.err);
    assert.deepEqual(
        asked.map((one) => [one.method, one.url, one.body]),
        [ [ 'GET', '/things?a=1&b=2', '' ], [ 'POST', '/make', '{"a": 1}' ] ]);
    writeFileSync(
        join(folder, 'odd.http'), `GET ${url}/a\n\n?? status == 200\n> {% client.test() %}\n`);
    const odd = await smoke(folder, [ 'import', 'odd.http' ]);
    assert.equal(odd.code, 1);
    assert.equal(odd.record.data.left, 2);
});

test("AWS's signatures of Postman and of Hurl are signed as before", async (t) => {
    const {url, asked} = await shop(t);
    const folder = scratch(t);
    const auth = (service, more = []) => ({
        type : 'awsv4',
        awsv4 : [
            {key : 'service', value : service},
            {key : 'region', value : 'eu-west-1'},
            {key : 'accessKey', value : '{{key}}'},
            {key : 'secretKey', value : '{{key-secret}}'},
            ...more
        ]
    });
    const request = {method : 'GET', url : `${url}/p`};
    writeFileSync(join(folder, 'c.json'), postman([
                      {name : 'one', request : {...request, auth : auth('execute-api')}},
                      {
                          name : 'two',
                          request : {
                              ...request,
                              auth : auth('s3', [ {key : 'sessionToken', value : 'session-1'} ])
                          }
                      }
                  ]));
    writeFileSync(
        join(folder, 'h.hurl'),
        `GET ${url}/h\n[Options]\naws-sigv4: aws:amz:eu-west-1:execute-api\nuser: {{key}}:{{key_secret}}\nHTTP 200\n`);
    const asks = async (document, suite, ...names) => {
        const made = await smoke(folder, [ 'import', document ]);
        assert.equal(made.code, 0, made.err);
        const result = await smoke(folder, [ suite ], {
            env :
                Object.fromEntries(names.map((name) => [name, name === 'KEY' ? 'ID' : 'secret-0' ]))
        });
        assert.equal(result.code, 0, result.err);
        assert.ok(!result.written.includes('secret-0'));
    };
    await asks('c.json', 'c.smoke.yaml', 'KEY', 'KEY_SECRET');
    await asks('h.hurl', 'h.smoke.yaml', 'KEY', 'KEY_SECRET');
    assert.deepEqual(
        asked.map((one) => one.headers.authorization.replace(/.*Credential=(\w+)\/\d+\/([^,]+),.*/, '$1 $2')),
        [
            'ID eu-west-1/execute-api/aws4_request',
            'ID eu-west-1/s3/aws4_request',
            'ID eu-west-1/execute-api/aws4_request'
        ]);
    assert.equal(asked[1].headers['x-amz-security-token'], 'session-1');
    writeFileSync(
        join(folder, 'o.hurl'), `GET ${url}/h\n[Options]\naws-sigv4: osc:es\nuser: a:bcd\nHTTP 200\n`);
    const odd = await smoke(folder, [ 'import', 'o.hurl' ]);
    assert.equal(odd.code, 1);
    assert.match(odd.err, /aws-sigv4: osc:es/);
});
