// Every endpoint on the migrated database.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startService } from '../service.mjs';
import { KNOWN_TASK, cluster, makeDatabase } from '../world.mjs';

describe('after the migrations', () => {
  let app;
  let token;
  before(async () => {
    app = await startService(await makeDatabase('late', 'migrated'), {
      APP_VERSION: '2.1.0',
      SAMPLE_APP_CONTROL: '1',
    });
    token = await app.token('smoke@example.com');
  });
  after(() => app?.stop());

  it('answers at the root and about its health', async () => {
    assert.equal((await app.get('/')).body.version, '2.1.0');
    const { status, body, headers } = await app.get('/api/health', {
      headers: { 'x-request-id': 'abc-1' },
    });
    assert.equal(status, 200);
    assert.equal(headers.get('x-request-id'), 'abc-1');
    assert.equal(body.version, '2.1.0');
    assert.ok(body.uptime_s >= 0 && body.services.database.latency_ms >= 0);
    assert.deepEqual(
      Object.values(body.services).map((service) => service.status),
      Array(4).fill('healthy'),
    );
    assert.equal((await app.get('/api/health/live')).body.status, 'healthy');
  });

  it('registers, logs in, changes the password', async () => {
    const account = { email: 'New@Example.com', password: 'a-long-enough-one', displayName: 'New' };
    const made = await app.post('/api/auth/register', { json: account });
    assert.equal(made.status, 201);
    assert.deepEqual(
      [made.body.user.email, made.body.user.role, made.body.expiresIn],
      ['new@example.com', 'user', 3600],
    );
    assert.equal((await app.post('/api/auth/register', { json: account })).status, 409);
    assert.equal(
      (await app.get('/api/auth/me', { token: made.body.accessToken })).body.displayName,
      'New',
    );

    const change = (json) => app.post('/api/auth/password', { token: made.body.accessToken, json });
    assert.deepEqual(
      (await change({ currentPassword: 'x', newPassword: 'another-long-one' })).body.error.fields,
      { currentPassword: 'is not right' },
    );
    assert.equal(
      (await change({ currentPassword: account.password, newPassword: 'another-long-one' })).status,
      204,
    );
    assert.equal((await app.login(account.email, account.password)).status, 401);
    assert.equal((await app.login(account.email, 'another-long-one')).status, 200);
  });

  it('refuses bad bodies by field', async () => {
    const { status, body } = await app.post('/api/auth/register', {
      json: { email: 'nobody', password: 'short', role: 'admin' },
    });
    assert.equal(status, 422);
    assert.deepEqual(Object.keys(body.error.fields).sort(), [
      'displayName',
      'email',
      'password',
      'role',
    ]);
    const json = { 'content-type': 'application/json' };
    assert.equal(
      (await app.post('/api/auth/login', { body: '{', headers: json })).body.error.code,
      'invalid_json',
    );
    assert.equal(
      (await app.post('/api/auth/login', { body: '[]', headers: json })).body.error.code,
      'invalid_body',
    );
    assert.equal(
      (await app.post('/api/auth/login', { json: { email: 'x'.repeat(70000) } })).status,
      413,
    );
  });

  it('locks an account after five failures, for a quarter of an hour', async () => {
    const email = 'user10@example.com';
    await app.login(email, 'wrong');
    assert.equal((await app.login(email)).status, 200); // a success starts the count anew
    const statuses = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await app.login(email, 'wrong')).status);
    assert.deepEqual(statuses, Array(5).fill(401));
    const locked = await app.login(email);
    assert.equal(locked.status, 423);
    const wait = Number(locked.headers.get('retry-after'));
    assert.ok(wait > 890 && wait <= 900, `${wait}`);
    assert.equal((await app.login('locked@example.com')).status, 423);

    await cluster.query(
      'late',
      `UPDATE users SET "lockedUntil" = "lockedUntil" - interval '16 minutes' WHERE email = '${email}'`,
    );
    assert.equal((await app.login(email, 'wrong')).status, 401); // the first of a new five
    assert.equal((await app.login(email)).status, 200);
  });

  it('says how to authenticate', async () => {
    const challenge = async (options) => {
      const { status, headers, body } = await app.get('/api/profile', options);
      assert.equal(status, 401);
      return [body.error.code, headers.get('www-authenticate')];
    };
    assert.deepEqual(await challenge({}), ['token_missing', 'Bearer realm="sample-app"']);
    assert.match((await challenge({ token: 'a.b.c' }))[1], /error="invalid_token"/);
    const expired = await app.post('/api/auth/token', { token, json: { expiresIn: -5 } });
    assert.equal(expired.status, 201);
    assert.equal((await challenge({ token: expired.body.accessToken }))[0], 'token_expired');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`;
    assert.equal((await challenge({ token: unsigned }))[0], 'token_invalid');
  });

  it('lets only an admin see the users', async () => {
    assert.equal((await app.get('/api/admin/users')).status, 401);
    assert.equal((await app.get('/api/admin/users', { token })).status, 403);
    const admin = await app.token('admin@example.com');
    const { status, body } = await app.get('/api/admin/users?limit=3', { token: admin });
    assert.equal(status, 200);
    assert.equal(body.users.length, 3);
    assert.ok(!JSON.stringify(body).includes('scrypt'));
    assert.equal(
      (await app.post('/api/admin/unlock', { token: admin, json: { email: 'locked@example.com' } }))
        .status,
      204,
    );
    assert.equal((await app.login('locked@example.com')).status, 200);
  });

  it('keeps the profile and tags it', async () => {
    const changed = await app.patch('/api/profile', {
      token,
      json: { title: ' Actor ', displayName: 'Smoke T.' },
    });
    assert.deepEqual([changed.body.title, changed.body.displayName], ['Actor', 'Smoke T.']);
    const first = await app.get('/api/profile', { token });
    assert.deepEqual(first.body, changed.body);
    const tag = first.headers.get('etag');
    assert.equal(
      (await app.get('/api/profile', { token, headers: { 'if-none-match': tag } })).status,
      304,
    );
    await app.patch('/api/profile', { token, json: { title: null } });
    assert.equal(
      (await app.get('/api/profile', { token, headers: { 'if-none-match': tag } })).status,
      200,
    );
    assert.equal(
      (await app.patch('/api/profile', { token, json: { title: 'x'.repeat(121) } })).status,
      422,
    );
  });

  it('keeps links: create, list, change, delete', async () => {
    const path = '/api/profile/links';
    const made = await app.post(path, {
      token,
      json: { label: 'IMDb', url: 'https://example.com/1', type: 'imdb' },
    });
    assert.equal(made.status, 201);
    assert.ok(made.headers.get('etag'));
    const own = made.headers.get('location');
    assert.equal(own, `${path}/${made.body.id}`);
    const second = await app.post(path, {
      token,
      json: { label: '🎬'.repeat(40), url: 'http://bücher.example/' },
    });
    assert.deepEqual([second.status, second.body.position, second.body.type], [201, 1, 'other']);

    const list = await app.get(path, { token });
    assert.deepEqual(
      list.body.links.map(({ id }) => id),
      [made.body.id, second.body.id],
    );
    assert.equal(
      (await app.get(path, { token, headers: { 'if-none-match': list.headers.get('etag') } }))
        .status,
      304,
    );

    const changed = await app.patch(own, { token, json: { label: 'Film', position: 7 } });
    assert.deepEqual([changed.status, changed.body.label, changed.body.position], [200, 'Film', 7]);
    assert.deepEqual((await app.get(own, { token })).body, changed.body);
    const other = await app.token('admin@example.com');
    assert.equal((await app.delete(own, { token: other })).status, 404);
    assert.equal((await app.delete(own, { token })).status, 204);
    assert.equal((await app.delete(own, { token })).status, 404);
    assert.equal((await app.get(`${path}/nonsense`, { token })).status, 404);
  });

  it('refuses links that are none', async () => {
    const fields = async (json) => {
      const { status, body } = await app.post('/api/profile/links', { token, json });
      assert.equal(status, 422);
      return Object.keys(body.error.fields).sort();
    };
    assert.deepEqual(await fields({}), ['label', 'url']);
    assert.deepEqual(
      await fields({ label: 'x'.repeat(41), url: 'https://a.example', type: 'blog', position: -1 }),
      ['label', 'position', 'type'],
    );
    for (const url of [
      'javascript:alert(1)',
      'ftp://a.example',
      'a.example',
      'https://',
      'https:a.example',
      'https://u:p@a.example',
      'https://a.exa\nmple/',
      'https://a b.example',
      `https://a.example/${'x'.repeat(2048)}`,
      5,
    ]) {
      assert.deepEqual(await fields({ label: 'A', url }), ['url'], String(url));
    }
  });

  it('keeps the theme', async () => {
    assert.deepEqual((await app.get('/api/profile/theme', { token })).body, { theme: 'system' });
    assert.deepEqual(
      (await app.patch('/api/profile/theme', { token, json: { theme: 'dark' } })).body,
      { theme: 'dark' },
    );
    assert.deepEqual((await app.get('/api/profile/theme', { token })).body, { theme: 'dark' });
    assert.equal(
      (await app.patch('/api/profile/theme', { token, json: { theme: 'pink' } })).status,
      422,
    );
  });

  it('keeps a picture', async () => {
    const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(100, 7)]);
    const headers = { 'content-type': 'image/png' };
    assert.equal((await app.get('/api/profile/avatar', { token })).status, 404);
    assert.equal(
      (await app.put('/api/profile/avatar', { token, body: 'no picture', headers })).status,
      415,
    );
    assert.equal((await app.put('/api/profile/avatar', { token, body: png, headers })).status, 204);
    const back = await app.get('/api/profile/avatar', { token });
    assert.equal(back.headers.get('content-type'), 'image/png');
    assert.deepEqual(back.bytes, png);
  });

  it('counts for the dashboard and remembers what became of a task', async () => {
    const stats = (await app.get('/api/dashboard/stats', { token })).body;
    assert.equal(stats.tasks.total, 2000);
    assert.ok(stats.users >= 5000 && stats.links >= 0 && stats.tasks.mine >= 1);
    assert.equal((await app.get('/api/tasks', { token })).body.tasks.length, stats.tasks.mine);

    const before = (await app.get(`/api/tasks/${KNOWN_TASK}/history`, { token })).body.history;
    assert.deepEqual([before.length, before[0].source], [1, 'backfill']);
    await app.patch(`/api/tasks/${KNOWN_TASK}`, { token, json: { status: 'cancelled' } });
    const { history } = (await app.get(`/api/tasks/${KNOWN_TASK}/history`, { token })).body;
    const me = (await app.get('/api/auth/me', { token })).body.id;
    assert.deepEqual(
      [history.length, history[0].newStatus, history[0].oldStatus, history[0].changedBy],
      [2, 'cancelled', before[0].newStatus, me],
    );
    assert.equal(
      (await app.get('/api/tasks/550e8400-e29b-41d4-a716-000000000000/history', { token })).status,
      404,
    );
  });

  it('sends to Google, and checks the state on the way back', async () => {
    const { status, headers } = await app.get('/api/oauth/google/start');
    assert.equal(status, 302);
    const target = new URL(headers.get('location'));
    assert.equal(target.host, 'accounts.google.com');
    assert.equal(target.searchParams.get('redirect_uri'), `${app.base}/api/oauth/google/callback`);
    for (const name of ['client_id', 'state', 'scope'])
      assert.ok(target.searchParams.get(name), name);
    const cookie = headers.get('set-cookie').split(';')[0];
    const back = (state) =>
      app.get(`/api/oauth/google/callback?code=x&state=${state}`, { headers: { cookie } });
    assert.equal((await back('forged')).body.error.code, 'oauth_state_mismatch');
    assert.equal(
      (await back(target.searchParams.get('state'))).body.error.code,
      'oauth_not_configured',
    );
  });
});
