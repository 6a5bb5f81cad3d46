// The rate limit, with its usual settings.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startService } from '../service.mjs';
import { makeDatabase } from '../world.mjs';

describe('the rate limit', () => {
  let app;
  before(async () => {
    app = await startService(await makeDatabase('limits', 'migrated'), {
      RATE_LIMIT: '',
      SAMPLE_APP_CONTROL: '1',
    });
  });
  after(() => app?.stop());

  const burst = (path, count) => Promise.all(Array.from({ length: count }, () => app.get(path)));
  const refused = (answers) => answers.filter(({ status }) => status === 429);

  it('sees a burst on health, and leaves the other paths alone', async () => {
    const answers = await burst('/api/health', 120);
    assert.equal(refused(answers).length, 20);
    const { headers, body } = refused(answers)[0];
    assert.match(headers.get('retry-after'), /^\d+$/);
    assert.equal(headers.get('ratelimit-limit'), '100');
    assert.equal(headers.get('ratelimit-remaining'), '0');
    assert.equal(body.error.code, 'rate_limited');
    const root = await app.get('/');
    assert.deepEqual([root.status, root.headers.get('ratelimit-remaining')], [200, '99']);
  });

  it('counts a group of paths together', async () => {
    await burst('/api/profile', 60);
    assert.equal(refused(await burst('/api/profile/links', 60)).length, 20);
  });

  it('is gone with no_rate_limit', async () => {
    await app.fault({ fault: 'no_rate_limit' });
    assert.equal(refused(await burst('/api/profile', 120)).length, 0);
  });
});
