// What the tests of migrations share: a database, a folder of migrations, and migrate-apply on them.
// run.sh gives SERVER_URL (a server of our own) and BIN (the built tools).
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const server = process.env.SERVER_URL;
const tool = join(process.env.BIN, 'migrate-apply');

/** A database and a folder of migrations of the test's own; both are gone after it. */
export class Site {
  static #count = 0;

  static async open(context) {
    const site = new this();
    site.database = `peers_${process.pid}_${(Site.#count += 1)}`;
    // No URL of the web's kind: its host is a socket's folder, which is a parameter.
    site.url = server.replace('/postgres?', `/${site.database}?`);
    site.folder = mkdtempSync(join(tmpdir(), 'slipway-peers-'));
    site.migrations = join(site.folder, 'migrations');
    mkdirSync(site.migrations);
    await query(server, `create database ${site.database}`);
    // The role of this server has the name of our schema, into which "$user" would lead the others.
    await query(server, `alter database ${site.database} set search_path = public`);
    context.after(async () => {
      await query(server, `drop database ${site.database} with (force)`);
      rmSync(site.folder, { recursive: true });
    });
    return site;
  }

  /** migrate-apply's exit code, record and log. */
  ours(...args) {
    const output = join(this.folder, `record-${process.hrtime.bigint()}.json`);
    const command = args[0]?.startsWith('-') === false ? [args.shift()] : [];
    const all = [...command, '--dir', this.migrations, '--output', output];
    const child = spawn(tool, [...all, '--environment', 'test', ...args], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, HOME: this.folder, DATABASE_URL: this.url },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (log += text));
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        resolve({ code, log, record: JSON.parse(readFileSync(output, 'utf8')) });
      });
    });
  }

  ask(sql) {
    return query(this.url, sql);
  }
}

export async function query(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

export const states = (run) => run.record.data.migrations.map(({ status }) => status);
export const appliedByOurs = (run) =>
  run.record.data.migrations.filter((one) => one.this_run).map(({ id }) => id);
