// measure.mjs BIN: wall times of the tools' start, in ms, taken in turns so that a busy moment of
// the machine meets all of them.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const [bin] = process.argv.slice(2);

/** Milliseconds of one run of a program, which must succeed. */
function timed(command, args, options = {}) {
  const start = process.hrtime.bigint();
  const run = spawnSync(command, args, { encoding: 'utf8', ...options });
  const taken = Number(process.hrtime.bigint() - start) / 1e6;
  if (run.status !== 0) {
    throw new Error(`${command} ${args.join(' ')} ended with ${run.status}: ${run.stderr}`);
  }
  return taken;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function row(name, values) {
  const figures = [median(values), Math.min(...values), Math.max(...values)];
  console.log(name.padEnd(34) + figures.map((one) => one.toFixed(1).padStart(9)).join(''));
}

function head(title, runs) {
  console.log(`${`${title} (${runs} runs)`.padEnd(34)}   median      min      max  ms`);
}

function start() {
  const runs = 20;
  head('--version', runs);
  const tools = readdirSync(bin).sort();
  const times = new Map(tools.map((tool) => [tool, []]));
  for (let run = 0; run < runs; run += 1) {
    for (const tool of tools) times.get(tool).push(timed(join(bin, tool), ['--version']));
  }
  for (const [tool, values] of times) row(tool, values);
}

start();
