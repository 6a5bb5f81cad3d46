// How the service comes, goes, logs, and lives through the loss of what it needs.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { PASSWORD, scratch, startService } from '../service.mjs';
import { cluster, makeDatabase } from '../world.mjs';

describe('the process', () => {
  let url;
  before(async () => {
    url = await makeDatabase('process', 'migrated');
  });

  it('starts within half a second, says so in one line and in a file', async () => {
    const portFile = join(scratch, 'port');
    const app = await startService(url, { PORT_FILE: portFile });
    assert.deepEqual(app.lines, [`sample-app listening on ${app.base}`]);
    assert.equal(readFileSync(portFile, 'utf8'), `${new URL(app.base).port}\n`);
    assert.ok(app.startMs < 1500, `${app.startMs} ms`); // half a second on a quiet machine
    assert.equal((await app.get('/__control')).status, 404);
    assert.equal((await app.post('/api/auth/token', { json: { expiresIn: 1 } })).status, 404);
    assert.deepEqual((await app.stop()).slice(0, 2), [0, null]);
    assert.equal(app.lines.length, 1);
    assert.deepEqual(readdirSync(scratch), ['port']);
  });

  it('says what is missing in its settings', async () => {
    await assert.rejects(startService(''), /ended with 2: sample-app: DATABASE_URL is not set/);
    await assert.rejects(startService(url, { JWT_SECRET: 'short' }), /JWT_SECRET/);
    await assert.rejects(startService(url, { RATE_LIMIT: 'many' }), /RATE_LIMIT/);
  });

  it('finishes what is under way on SIGTERM, within two seconds', async () => {
    const app = await startService(url, { SAMPLE_APP_CONTROL: '1' });
    await app.fault({ latency_ms: 400 });
    const running = app.get('/');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const [code, signal, took] = await app.stop();
    assert.equal((await running).status, 200);
    assert.deepEqual([code, signal], [0, null]);
    assert.ok(took < 2000, `${took}`);
  });

  it('does not wait for a request that does not end', async () => {
    const app = await startService(url, { SAMPLE_APP_CONTROL: '1' });
    await app.fault({ latency_ms: 30000 });
    const running = assert.rejects(app.get('/'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const [code, , took] = await app.stop();
    await running;
    assert.equal(code, 0);
    assert.ok(took < 2000, `${took}`);
  });

  it('logs requests and errors, and no secret, also after a rotation', async () => {
    const logFile = join(scratch, 'app.log');
    const app = await startService(url, { LOG_FILE: logFile });
    const token = await app.token('smoke@example.com');
    await app.login('smoke@example.com', 'a-wrong-password');
    await app.get('/api/oauth/google/callback?code=private-code&state=x');
    renameSync(logFile, `${logFile}.1`);
    app.child.kill('SIGHUP');
    for (let i = 0; i < 50 && !statSync(logFile, { throwIfNoEntry: false }); i += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await app.get('/api/profile', { token });
    await app.stop();

    const entries = (file) =>
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    const old = entries(`${logFile}.1`);
    assert.ok(
      old.some(
        ({ message, path, status }) =>
          message === 'request' && path === '/api/auth/login' && status === 200,
      ),
    );
    assert.ok(old.some((entry) => entry.class === 'auth' && entry.status === 401));
    assert.ok(old.some((entry) => entry.class === 'oauth'));
    assert.ok(entries(logFile).some(({ path, user_id: user }) => path === '/api/profile' && user));
    const all = readFileSync(`${logFile}.1`, 'utf8') + readFileSync(logFile, 'utf8');
    for (const secret of [
      PASSWORD,
      'a-wrong-password',
      token,
      'private-code',
      'only-for-these-tests',
    ])
      assert.ok(!all.includes(secret));
  });

  it('survives the loss of the database, and says so unless health_lies', async () => {
    const app = await startService(url, { SAMPLE_APP_CONTROL: '1' });
    try {
      const token = await app.token('smoke@example.com');
      await cluster.stop();
      const down = await app.get('/api/health');
      assert.deepEqual(
        [down.status, down.body.status, down.body.services.database.status],
        [503, 'unhealthy', 'unhealthy'],
      );
      assert.equal((await app.get('/api/health/live')).status, 200);
      const refusedRequest = await app.get('/api/profile', { token });
      assert.deepEqual(
        [refusedRequest.status, refusedRequest.body.error.code],
        [503, 'database_unavailable'],
      );
      await app.fault({ fault: 'health_lies' });
      assert.equal((await app.get('/api/health')).body.status, 'healthy');
      await app.delete('/__control');
      await cluster.start();
      assert.equal((await app.get('/api/health')).status, 200);
      assert.equal((await app.get('/api/profile', { token })).status, 200);
      assert.ok(app.errors.every((line) => JSON.parse(line).level === 'error'));
    } finally {
      await app.stop();
    }
  });

  it('is degraded, not dead, without its storage', async () => {
    const storage = join(scratch, 'storage');
    const app = await startService(url, { STORAGE_DIR: storage });
    rmSync(storage, { recursive: true });
    const { status, body } = await app.get('/api/health');
    await app.stop();
    assert.deepEqual(
      [status, body.status, body.services.storage.status],
      [200, 'degraded', 'unhealthy'],
    );
  });
});
