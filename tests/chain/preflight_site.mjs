// A private server, and a folder with a repository in which everything is as preflight wants it;
// what a test spoils there is its own.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireValid } from '../support/actions/records.mjs';
import { bin, build } from '../support/actions/site.mjs';

const version = readdirSync('/usr/lib/postgresql').sort((a, b) => b - a)[0];
const psqlProgram = `/usr/lib/postgresql/${version}/bin/psql`;

export class Server {
  static start() {
    const server = new Server();
    server.folder = mkdtempSync(join(tmpdir(), 'slipway-preflight-server-'));
    chmodSync(server.folder, 0o755);
    execFileSync(join(build, 'tests/throwaway-cluster'), ['start', server.folder, 'max_connections=20', 'max_prepared_transactions=5', 'wal_level=replica']);
    return server;
  }

  url(database) {
    this.template ??= execFileSync(join(build, 'tests/throwaway-cluster'), ['url', this.folder, 'DATABASE'], { encoding: 'utf8' }).trim();
    return this.template.replace('DATABASE', database);
  }

  /** Each statement on its own; what it answers. */
  run(database, ...statements) {
    const args = statements.flatMap((sql) => sql.split(';').filter((one) => one.trim())).flatMap((sql) => ['-c', sql]);
    return execFileSync(psqlProgram, ['-qXAt', '-v', 'ON_ERROR_STOP=1', ...args, this.url(database)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  /** As run(), of text that holds semicolons of its own. */
  script(database, sql) {
    return execFileSync(psqlProgram, ['-qXAt', '-v', 'ON_ERROR_STOP=1', '-f', '-', this.url(database)], { encoding: 'utf8', input: sql }).trim();
  }

  stop() {
    execFileSync(join(build, 'tests/throwaway-cluster'), ['stop', this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

let number = 0;

export class Place {
  constructor(server) {
    this.server = server;
    this.folder = mkdtempSync(join(tmpdir(), 'slipway-preflight-'));
    this.database = `pre_${process.pid}_${++number}`;
    this.environment = 'staging';
    this.args = [];
    this.inputs = [];
    this.sessions = [];
    this.program = join(bin, 'preflight');
    // Only what preflight looks for, so that a test can take one away.
    this.path = join(this.folder, 'bin');
    mkdirSync(this.path);
    for (const name of ['git', 'node', 'psql', 'sh', 'env', 'ssh']) this.install(name);
    this.env = { PATH: this.path, LANG: 'C.UTF-8', HOME: this.folder, GIT_CONFIG_NOSYSTEM: '1', SLIPWAY_DIR: join(this.folder, 'out') };
    this.work = join(this.folder, 'work');
    mkdirSync(this.work);
  }

  install(name) {
    const found = process.env.PATH.split(delimiter).map((folder) => join(folder, name)).find(existsSync);
    symlinkSync(found, join(this.path, name));
  }

  uninstall(name) {
    unlinkSync(join(this.path, name));
  }

  git(...args) {
    return execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: this.work, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, GIT_CONFIG_NOSYSTEM: '1', HOME: this.folder } }).trim();
  }

  commit(file, text, message = 'one') {
    this.write(file, text);
    this.git('add', '-f', file);
    this.git('commit', '-qm', message);
  }

  /** A repository of one commit that is pushed. */
  makeRepository() {
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', join(this.folder, 'remote')]);
    this.git('init', '-q', '-b', 'main');
    this.git('remote', 'add', 'origin', join(this.folder, 'remote'));
    this.commit('a.txt', '1\n');
    this.git('push', '-q', 'origin', 'main');
  }

  write(name, text) {
    const path = join(this.work, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  remove(name) {
    rmSync(join(this.work, name), { recursive: true });
  }

  makeDatabase(rest = '') {
    this.server.run('postgres', `create database ${this.database} ${rest}`);
    this.env.DATABASE_URL = this.server.url(this.database);
  }

  /** Logs in as a role of its own that has only been let in. */
  asRole() {
    this.role = `deployer_${number}`;
    this.sql(`create role ${this.role} login`);
    this.env.DATABASE_URL = this.env.DATABASE_URL.replace(/\/\/[^@/]*@/, `//${this.role}@`);
  }

  sql(...statements) {
    return this.server.run(this.database, ...statements);
  }

  /** A session that has run these statements and stays; resolves when they have been answered. */
  async session(...statements) {
    const child = spawn(psqlProgram, ['-qXAt', this.server.url(this.database)], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.sessions.push(child);
    child.stdin.on('error', () => {});
    child.stdin.write(`${statements.join(';\n')};\n\\echo done\n`);
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) if (String(chunk).includes('done')) break;
    return child;
  }

  /** A session that waits inside of its statement. */
  async waiting(statement, isWaiting) {
    const child = spawn(psqlProgram, ['-qX', '-c', statement, this.server.url(this.database)], { stdio: 'ignore' });
    this.sessions.push(child);
    while (this.sql(isWaiting) !== 't') await sleep(20);
  }

  tool(name, args, more = {}) {
    const ran = spawnSync(join(bin, name), args, { cwd: this.work, encoding: 'utf8', env: { ...this.env, PATH: process.env.PATH, ...more } });
    return { code: ran.status, log: ran.stdout + ran.stderr };
  }

  look(group) {
    const output = join(this.folder, 'preflight.json');
    rmSync(output, { force: true });
    const ran = spawnSync(
      this.program,
      ['--only', group, '--environment', this.environment, '--output', output, ...this.args, ...this.inputs],
      { cwd: this.work, encoding: 'utf8', env: this.env },
    );
    const log = ran.stdout + ran.stderr;
    if (!existsSync(output)) throw new Error(`no record: ${log}`);
    const record = requireValid(JSON.parse(readFileSync(output, 'utf8')), output);
    return { code: ran.status, log, record, checks: Object.fromEntries(record.checks.map((check) => [check.id, check])) };
  }

  /** Runs the statements that a hint names, as a person would who has the rights. */
  follow(hint) {
    const at = hint.search(/\b(select pg_|alter |grant |create |reindex |rollback prepared|set default)/);
    if (at < 0) throw new Error(`the hint names no statement: ${hint}`);
    return this.sql(hint.slice(at));
  }

  close() {
    for (const session of this.sessions) session.kill('SIGKILL');
    if (this.env.DATABASE_URL) this.server.run('postgres', `drop database if exists ${this.database} with (force)`);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
