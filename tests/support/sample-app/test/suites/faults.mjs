// Every fault that /__control switches on; health_lies is with the loss of the database.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PASSWORD, startService } from '../service.mjs';
import { makeDatabase } from '../world.mjs';

describe('with a fault', () => {
  let app;
  let token;
  before(async () => {
    app = await startService(await makeDatabase('faulty', 'migrated'), { SAMPLE_APP_CONTROL: '1' });
    token = await app.token('smoke@example.com');
  });
  after(() => app?.stop());

  const calm = () => app.delete('/__control');
  const withFault = async (settings, work) => {
    const put = await app.fault(typeof settings === 'string' ? { fault: settings } : settings);
    assert.equal(put.status, 200, JSON.stringify(put.body));
    try {
      await work();
    } finally {
      await calm();
    }
  };
  const link = { label: 'A', url: 'https://a.example' };

  it('knows only what it knows', async () => {
    assert.equal((await app.fault({ fault: 'nonsense' })).status, 422);
    assert.equal((await app.fault({ latency: 5 })).status, 422);
    const { body } = await app.get('/__control');
    assert.equal(body.fault, null);
    assert.equal(Object.keys(body.faults).length, 21);
  });

  it('wrong_status', () =>
    withFault('wrong_status', async () =>
      assert.equal((await app.post('/api/profile/links', { token, json: link })).status, 200),
    ));

  it('missing_field', () =>
    withFault('missing_field', async () => {
      assert.ok(!('expiresIn' in (await app.login('smoke@example.com')).body));
      assert.ok(!('displayName' in (await app.get('/api/profile', { token })).body));
    }));

  it('slow_endpoint', () =>
    withFault('slow_endpoint', async () => {
      const from = performance.now();
      await app.get('/api/dashboard/stats', { token });
      assert.ok(performance.now() - from >= 1990);
    }));

  it('broken_etag', () =>
    withFault('broken_etag', async () => {
      const tag = (await app.get('/api/profile', { token })).headers.get('etag');
      assert.equal(
        (await app.get('/api/profile', { token, headers: { 'if-none-match': tag } })).status,
        200,
      );
    }));

  it('expired_token_accepted', () =>
    withFault('expired_token_accepted', async () => {
      const { body } = await app.post('/api/auth/token', { token, json: { expiresIn: -5 } });
      assert.equal((await app.get('/api/profile', { token: body.accessToken })).status, 200);
    }));

  it('wrong_role_allowed', () =>
    withFault('wrong_role_allowed', async () =>
      assert.equal((await app.get('/api/admin/users', { token })).status, 200),
    ));

  it('no_lockout', () =>
    withFault('no_lockout', async () => {
      for (let i = 0; i < 6; i += 1)
        assert.equal((await app.login('user12@example.com', 'wrong')).status, 401);
      assert.equal((await app.login('user12@example.com')).status, 200);
    }));

  it('links_delete_noop', () =>
    withFault('links_delete_noop', async () => {
      const { headers } = await app.post('/api/profile/links', { token, json: link });
      assert.equal((await app.delete(headers.get('location'), { token })).status, 204);
      assert.equal((await app.get(headers.get('location'), { token })).status, 200);
    }));

  it('theme_not_saved', () =>
    withFault('theme_not_saved', async () => {
      assert.equal(
        (await app.patch('/api/profile/theme', { token, json: { theme: 'light' } })).body.theme,
        'light',
      );
      assert.equal((await app.get('/api/profile/theme', { token })).body.theme, 'system');
    }));

  it('bad_content_type', () =>
    withFault('bad_content_type', async () =>
      assert.match(
        (await app.get('/api/profile', { token })).headers.get('content-type'),
        /^text\/html/,
      ),
    ));

  it('password_in_body', () =>
    withFault('password_in_body', async () =>
      assert.equal((await app.login('smoke@example.com')).body.password, PASSWORD),
    ));

  it('latency on one path', () =>
    withFault({ latency_ms: 300, latency_path: '/api/tasks' }, async () => {
      const time = async (path) => {
        const from = performance.now();
        await app.get(path, { token });
        return performance.now() - from;
      };
      assert.ok((await time('/api/tasks')) >= 290);
      assert.ok((await time('/api/profile')) < 250);
    }));

  it('errors at a rate, the same ones for the same seed', async () => {
    const statuses = async () => {
      const seen = [];
      await withFault({ error_rate: 0.3, error_status: 502, seed: 7 }, async () => {
        for (let i = 0; i < 60; i += 1) seen.push((await app.get('/')).status);
      });
      return seen;
    };
    const first = await statuses();
    const failed = first.filter((status) => status === 502).length;
    assert.ok(failed >= 8 && failed <= 30, `${failed}`);
    assert.deepEqual(await statuses(), first);
    assert.equal((await app.get('/')).status, 200);
  });

  it('limited at once', () =>
    withFault({ rate_limited: true }, async () => {
      const { status, headers } = await app.get('/api/profile', { token });
      assert.equal(status, 429);
      assert.match(headers.get('retry-after'), /^\d+$/);
    }));
});
