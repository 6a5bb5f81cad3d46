// Runs the shell chain and the buildspec of docs/examples on a site.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { runBuildspec } from './buildspec.mjs';
import { bin, root } from './site.mjs';

const buildspecFile = join(root, 'docs/examples/codebuild/buildspec.yml');

/** buildspec.yml as data. */
export const buildspec = () => parse(readFileSync(buildspecFile, 'utf8'));

const settings = (site) => ({
  SLIPWAY_BIN: bin,
  BACKUP_DIR: join(site.folder, 'backups'),
  MIGRATIONS_DIR: 'prisma/migrations',
  MORE_MIGRATIONS: 'migrations',
  LINKS: 'yes',
  DEPLOY_COMMAND: './deploy-app.sh 2.0.0',
  API_BASE: site.api,
  HEALTH_URL: `${site.api}/api/health`,
  SMOKE_SUITE: 'smoke/sample-app.yaml',
});

/** deploy.sh on the site; { code, log, records }. It is killed with all it started after `killAfter` ms. */
export async function deployByShell(site, variables = {}, { killAfter } = {}) {
  const child = spawn('bash', [join(root, 'docs/examples/shell/deploy.sh'), 'staging'], {
    cwd: site.repository,
    env: { ...site.machine, HOME: site.folder, ...settings(site), DATABASE_URL: site.url, ...site.secrets, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let log = '';
  child.stdout.on('data', (data) => (log += data));
  child.stderr.on('data', (data) => (log += data));
  const timer = killAfter && setTimeout(() => process.kill(-child.pid, 'SIGKILL'), killAfter);
  const code = await new Promise((resolve) => child.once('exit', (status, signal) => resolve(status ?? signal)));
  clearTimeout(timer);
  return { code, log, records: join(site.repository, 'slipway-out') };
}

/** buildspec.yml on the site, as CodeBuild would run it. */
export function deployByBuildspec(site, variables = {}) {
  const { JWT_SECRET, SMOKE_PASSWORD, APP_PLACE } = site.secrets;
  return runBuildspec({
    file: buildspecFile,
    folder: site.repository,
    place: site.folder,
    variables: { ...settings(site), APP_PLACE, ...variables },
    secrets: {
      'shop/staging:DATABASE_URL': site.url,
      'shop/staging:SMOKE_PASSWORD': SMOKE_PASSWORD,
      'shop/staging:JWT_SECRET': JWT_SECRET,
    },
    machine: {
      ...site.machine,
      HOME: site.folder,
      CI: 'true',
      CODEBUILD_BUILD_ID: 'shop-deploy:3f0f7d1a-0000-4000-8000-000000000001',
      CODEBUILD_BUILD_NUMBER: '17',
      CODEBUILD_RESOLVED_SOURCE_VERSION: '0123456789abcdef0123456789abcdef01234567',
    },
  });
}
