// A place for tests of whole deployments: a database of the test server with the sample
// application's data, the application itself in version 1, and its repository as a team has it.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
export const build = process.env.SLIPWAY_BUILD_DIR ?? join(root, 'build');
export const bin = join(build, 'bin');
const app = join(root, 'tests/support/sample-app');

function psql(url, ...args) {
  const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => b - a);
  const program = versions.map((version) => `/usr/lib/postgresql/${version}/bin/psql`).find(existsSync);
  return execFileSync(program, ['-qXAt', '-v', 'ON_ERROR_STOP=1', ...args, url], { encoding: 'utf8' }).trim();
}

export class Site {
  static open(context) {
    const site = new Site();
    site.folder = mkdtempSync(join(tmpdir(), 'slipway-flow-'));
    site.database = `flow_${randomBytes(6).toString('hex')}`;
    context.after(() => site.close());
    const cluster = (name) =>
      execFileSync(join(build, 'tests/throwaway-cluster'), ['url', join(build, 'tests/cluster'), name], {
        encoding: 'utf8',
      }).trim();
    site.server = cluster('postgres');
    site.url = cluster(site.database);
    psql(site.server, '-c', `create database ${site.database}`);
    psql(site.url, '-f', join(app, 'db/base.sql'), '-f', join(app, 'db/seed.sql'));
    site.makeRepository();
    site.place = join(site.folder, 'app');
    mkdirSync(site.place);
    execFileSync(join(root, 'tests/support/deploy_app.sh'), [site.place, '1.0.0'], {
      env: { PATH: process.env.PATH, DATABASE_URL: site.url, ...site.secrets },
    });
    site.api = `http://127.0.0.1:${readFileSync(join(site.place, 'port'), 'utf8').trim()}`;
    return site;
  }

  /** What the deploy command and the smoke suite need, beside the database. */
  get secrets() {
    return {
      JWT_SECRET: 'a-secret-of-the-tests-only',
      SMOKE_PASSWORD: 'correct-horse-battery',
      APP_PLACE: this.place ?? '',
    };
  }

  /** The environment of the machine that runs the pipeline; nothing of the test's own. */
  get machine() {
    return { PATH: process.env.PATH, LANG: 'C.UTF-8' };
  }

  makeRepository() {
    this.repository = join(this.folder, 'shop');
    mkdirSync(join(this.repository, 'smoke'), { recursive: true });
    for (const name of ['prisma', 'migrations', 'db']) cpSync(join(app, name), join(this.repository, name), { recursive: true });
    for (const name of ['sample-app.yaml', 'sample-app-link.json']) {
      cpSync(join(root, 'docs/examples/smoke', name), join(this.repository, 'smoke', name));
    }
    const deploy = `#!/usr/bin/env bash\nexec ${root}/tests/support/deploy_app.sh "$APP_PLACE" "$@"\n`;
    writeFileSync(join(this.repository, 'deploy-app.sh'), deploy, { mode: 0o755 });
  }

  /** Puts the migration beside the others that breaks half-way. */
  breakMigrations() {
    cpSync(join(app, 'migrations-broken'), join(this.repository, 'migrations'), { recursive: true });
  }

  query(sql) {
    return psql(this.url, '-c', sql);
  }

  async version() {
    return (await (await fetch(`${this.api}/`)).json()).version;
  }

  close() {
    const pid = join(this.place ?? '', 'app.pid');
    try {
      if (existsSync(pid)) process.kill(Number(readFileSync(pid, 'utf8')));
    } catch {
      // It is gone already.
    }
    const names = [this.database, `${this.database}_copy`];
    for (const name of names) {
      psql(this.server, '-c', 'set client_min_messages = warning', '-c', `drop database if exists ${name} with (force)`);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
