// The built tools, run in a folder with an environment of their own.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

let runs = 0;

/** Starts a tool; `done` has its exit code, its words (`log`), and its record and that as text. */
export function start(tool, args, { folder, env = {} }) {
  const output = join(folder, `record-${(runs += 1)}.json`);
  const child = spawn(join(process.env.BIN, tool), [...args, '--output', output], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, SLIPWAY_ENVIRONMENT: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (log += text));
  }
  const done = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      let text = '';
      try {
        text = readFileSync(output, 'utf8');
      } catch {
        // A tool that was killed at once has written none.
      }
      resolve({ code, log, text, record: text ? JSON.parse(text) : null });
    });
  });
  return { child, done };
}

export const run = (tool, args, options) => start(tool, args, options).done;

/** A user whom servers accept: where root runs this, that of PostgreSQL's packages. */
export const asRoot = process.getuid() === 0;
