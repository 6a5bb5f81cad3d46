// The real service as a child process, and a client for it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
export const PASSWORD = 'correct-horse-battery';

/// Everything that the services write, and the tests.
export const scratch = mkdtempSync(join(tmpdir(), 'sample-app-test-'));

const children = new Set();
process.once('exit', () => {
  children.forEach((child) => child.kill('SIGKILL'));
  rmSync(scratch, { recursive: true, force: true });
});

export async function startService(databaseUrl, env = {}) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['server.mjs'], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      TMPDIR: scratch,
      DATABASE_URL: databaseUrl,
      JWT_SECRET: 'only-for-these-tests',
      PORT: '0',
      RATE_LIMIT: 'off',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const exited = once(child, 'exit').finally(() => children.delete(child));

  const lines = [];
  const errors = [];
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const ready = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      resolve();
    });
  });
  await Promise.race([
    ready,
    exited.then(([code]) => {
      throw new Error(`the service ended with ${code}: ${errors.join('\n')}`);
    }),
  ]);
  const base = lines[0].replace('sample-app listening on ', '');

  // One answer: status, headers, and the body as JSON where it is JSON.
  const call = async (method, path, { token, json, headers, body } = {}) => {
    const response = await fetch(base + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: json === undefined ? body : JSON.stringify(json),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      body: isJson ? JSON.parse(bytes) : bytes.toString(),
    };
  };

  const service = {
    base,
    lines,
    errors,
    child,
    startMs: performance.now() - startedAt,
    get: (path, options) => call('GET', path, options),
    post: (path, options) => call('POST', path, options),
    patch: (path, options) => call('PATCH', path, options),
    put: (path, options) => call('PUT', path, options),
    delete: (path, options) => call('DELETE', path, options),
    login: (email, password = PASSWORD) =>
      call('POST', '/api/auth/login', { json: { email, password } }),
    token: async (email) => (await service.login(email)).body.accessToken,
    fault: (settings) => call('PUT', '/__control', { json: settings }),
    /// [exit code, signal, milliseconds]
    stop: async (signal = 'SIGTERM') => {
      const from = performance.now();
      child.kill(signal);
      const [code, by] = await exited;
      return [code, by, performance.now() - from];
    },
  };
  return service;
}
