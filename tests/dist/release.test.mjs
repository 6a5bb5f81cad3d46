// The release as a user has it: unpacked somewhere, without our build, one executable that is every
// tool. with_server.sh gives SERVER_URL; DIST is the folder that make dist wrote.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const dist = process.env.DIST;
const archive = readdirSync(dist).find((name) => name.endsWith('.tar.gz'));
const place = mkdtempSync(join(tmpdir(), 'slipway-dist-'));
after(() => rmSync(place, { recursive: true }));

assert.equal(spawnSync('tar', ['xzf', join(dist, archive), '-C', place]).status, 0);
const home = join(place, archive.replace('.tar.gz', ''));
const tools = readdirSync(home).filter((name) => lstatSync(join(home, name)).isSymbolicLink());

/** Runs a program of the release with nothing in its environment but what a test gives. */
function run(program, args, env = {}) {
  return spawnSync(join(home, program), args, {
    cwd: place,
    env: { PATH: '/usr/bin:/bin', ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });
}

test('the checksums are those of the archive', () => {
  const [sum, name] = readFileSync(join(dist, 'SHA256SUMS'), 'utf8').trim().split(/\s+/);
  assert.equal(name, archive);
  assert.equal(createHash('sha256').update(readFileSync(join(dist, archive))).digest('hex'), sum);
});

test('it needs no shared library', () => {
  const headers = spawnSync('readelf', ['-ld', join(home, 'slipway')], { encoding: 'utf8' }).stdout;
  assert.match(headers, /Program Headers/);
  assert.doesNotMatch(headers, /NEEDED|INTERP/);
});

test('every tool of the source is in it, as a link and as a word', () => {
  const sources = new URL('../../tools/', import.meta.url);
  const expected = readdirSync(sources, { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => e.name);
  assert.deepEqual(tools.sort(), expected.sort());
  for (const tool of tools) {
    for (const [program, args] of [[tool, []], ['slipway', [tool]]]) {
      const version = run(program, [...args, '--version']);
      assert.equal(version.status, 0, version.stderr);
      assert.match(version.stdout, new RegExp(`^${tool} \\d+\\.\\d+\\.\\d+\\n$`));
    }
  }
});

test('an unknown tool is a usage error that lists what there is', () => {
  const unknown = run('slipway', ['db-burn']);
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /there is no tool db-burn/);
  assert.match(unknown.stderr, /migrate-apply/);
  assert.equal(run('slipway', ['--help']).status, 0);
});

// One database through what the static libraries do: libpq, libpg_query, jq, curl, libyaml.
for (const way of ['links', 'bare']) {
  test(`a pipeline runs on a real database, the tools found as ${way}`, () => {
    const folder = join(place, way);
    mkdirSync(join(folder, 'migrations'), { recursive: true });
    writeFileSync(join(folder, 'migrations', '001_t.sql'), `create table t_${way} (a int);\n`);
    writeFileSync(
      join(folder, 'pipeline.yaml'),
      `name: release
environment: ci
steps:
  - { id: backup, uses: db-backup, with: { to: [backups] } }
  - { id: migrate, uses: migrate-apply, with: { dir: migrations } }
  - { id: health, uses: health-check, with: { PROBE: [postgres, "migrations:migrations"] } }
`,
    );
    let program = 'deploy-run';
    let args = [];
    if (way === 'bare') {
      spawnSync('cp', [join(home, 'slipway'), join(folder, 'slipway')]);
      [program, args] = [join('..', way, 'slipway'), ['deploy-run']];
    }
    const out = join(folder, 'out');
    const created = spawnSync('psql', ['-Xqc', `create database release_${way}`, process.env.SERVER_URL]);
    assert.equal(created.status, 0, String(created.stderr));
    const done = spawnSync(join(home, program), [...args, 'run', 'pipeline.yaml', '--yes'], {
      cwd: folder,
      env: { PATH: '/usr/bin:/bin', DATABASE_URL: process.env.SERVER_URL.replace('/postgres?', `/release_${way}?`), SLIPWAY_DIR: out },
      encoding: 'utf8',
      timeout: 120_000,
    });
    assert.equal(done.status, 0, done.stderr);
    const record = JSON.parse(readFileSync(join(out, 'deploy-run-run.json'), 'utf8'));
    assert.equal(record.status, 'passed');
    assert.equal(record.inputs.length, 3);
  });
}

test('without certificates https says where it looked for them', () => {
  const none = run('health-check', ['https://127.0.0.1:1/'], { SSL_CERT_FILE: join(place, 'nowhere.pem') });
  assert.notEqual(none.status, 0);
  assert.match(none.stderr + none.stdout, /nowhere\.pem/);
});

test('jq expressions and host names are there', () => {
  writeFileSync(
    join(place, 'suite.yaml'),
    `name: jq
base_url: http://localhost:1
steps:
  - id: one
    get: /
    expect: { status: 200, jq: { ".a | map(. + 1) | add": "> 3" } }
`,
  );
  const suite = run('smoke-http', ['suite.yaml', '--output', join(place, 'smoke.json')]);
  assert.notEqual(suite.status, 2, suite.stderr);
  assert.match(JSON.stringify(JSON.parse(readFileSync(join(place, 'smoke.json'), 'utf8'))), /refused|connect/i);
});
