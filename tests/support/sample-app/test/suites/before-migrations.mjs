// The service on the database as production has it before the deployment.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startService } from '../service.mjs';
import { KNOWN_TASK, cluster, makeDatabase, pendingFiles } from '../world.mjs';

const MISSING_AT_FIRST = [
  '001_create_task_status_history',
  '20260105090000_add_theme_preference',
  '20260112100000_add_profile_title',
  '20260119110000_create_profile_links',
  '20260126120000_profile_links_ordering',
];

describe('before the migrations', () => {
  let app;
  let token;
  before(async () => {
    app = await startService(await makeDatabase('early', 'seeded'));
    token = await app.token('smoke@example.com');
  });
  after(() => app?.stop());

  it('serves what needs no migration', async () => {
    const profile = await app.get('/api/profile', { token });
    assert.equal(profile.status, 200);
    assert.equal(profile.body.title, null);
    assert.deepEqual(profile.body.socialLinks, {
      imdb: 'https://www.imdb.com/name/nm1/',
      website: 'https://www.person1.example',
    });
    assert.equal(
      (await app.patch('/api/profile', { token, json: { bio: 'Two\nlines' } })).body.bio,
      'Two\nlines',
    );
    assert.equal((await app.get('/api/dashboard/stats', { token })).body.links, null);
    assert.equal(
      (await app.patch(`/api/tasks/${KNOWN_TASK}`, { token, json: { status: 'blocked' } })).body
        .status,
      'blocked',
    );
  });

  it('says 501 for what does', async () => {
    const answers = await Promise.all([
      app.get('/api/profile/theme', { token }),
      app.patch('/api/profile/theme', { token, json: { theme: 'dark' } }),
      app.patch('/api/profile', { token, json: { title: 'Actor' } }),
      app.get('/api/profile/links', { token }),
      app.post('/api/profile/links', { token, json: { label: 'A', url: 'https://a.example' } }),
      app.get(`/api/tasks/${KNOWN_TASK}/history`, { token }),
    ]);
    for (const { status, body } of answers) {
      assert.equal(status, 501);
      assert.equal(body.error.code, 'not_migrated');
    }
  });

  it('is healthy, and names what is missing', async () => {
    const { status, body } = await app.get('/api/health');
    assert.equal(status, 200);
    assert.equal(body.status, 'healthy');
    assert.equal(body.services.migrations.status, 'pending');
    assert.deepEqual(body.services.migrations.missing.sort(), MISSING_AT_FIRST);
  });

  it('is unhealthy where migrations are required, until they are there', async () => {
    const url = await makeDatabase('strict', 'seeded');
    const strict = await startService(url, { REQUIRE_MIGRATIONS: '1' });
    try {
      const early = await strict.get('/api/health');
      assert.deepEqual([early.status, early.body.status], [503, 'unhealthy']);
      await cluster.load('strict', ...pendingFiles());
      const late = await strict.get('/api/health');
      assert.deepEqual(
        [late.status, late.body.services.migrations],
        [200, { status: 'healthy', missing: [] }],
      );
    } finally {
      await strict.stop();
    }
  });

  it('needs no restart after them', async () => {
    await cluster.load('early', ...pendingFiles());
    assert.deepEqual((await app.get('/api/profile/theme', { token })).body, { theme: 'system' });
    assert.deepEqual((await app.get('/api/profile/links', { token })).body, { links: [] });
  });
});
