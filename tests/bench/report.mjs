// report.mjs BIN RUSAGE FOLDER: 10,000 checks and 100,000 samples rendered to all formats: wall and
// processor time in ms and the highest memory in MB of whole runs of report-render.
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { large } from '../support/report_records.mjs';

const [bin, rusage, folder] = process.argv.slice(2);
const records = join(folder, 'records');
large(records, { checks: 10_000, samples: 100_000 });

function once(formats) {
  const args = ['--format', formats, '--out', join(folder, 'out'), '--output', join(folder, 'record.json'), records];
  const run = spawnSync(rusage, [join(bin, 'report-render'), ...args], { encoding: 'utf8' });
  const seen = JSON.parse(run.stdout);
  if (seen.code !== 0) throw new Error(`report-render ended with ${seen.code}`);
  return { wall: seen.wall, cpu: seen.cpu, memory: seen.rss / 1024 };
}

const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const runs = 9;
console.log(`load ${loadavg()[0].toFixed(1)}; ${runs} runs; median (lowest, highest)`);
for (const formats of ['html', 'html,md,summary,junit,sarif,json']) {
  const seen = Array.from({ length: runs }, () => once(formats));
  const line = ['wall', 'cpu', 'memory'].map((key) => {
    const values = seen.map((one) => one[key]);
    return `${key} ${middle(values).toFixed(0)} (${Math.min(...values).toFixed(0)}, ${Math.max(...values).toFixed(0)})`;
  });
  console.log(`${formats.padEnd(34)} ${line.join('  ')}`);
}
