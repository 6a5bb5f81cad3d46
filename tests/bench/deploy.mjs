// deploy.mjs RECORD: what a deployment took, step by step, and as a whole without the watching.
import { readFileSync } from 'node:fs';

const record = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const ran = record.data.steps.filter((step) => step.duration_ms !== null);
const watching = ran.filter((step) => ['baseline', 'watch'].includes(step.id)).reduce((sum, step) => sum + step.duration_ms, 0);
console.log('| step | s |\n| --- | ---: |');
for (const step of ran) console.log(`| ${step.id} | ${(step.duration_ms / 1000).toFixed(2)} |`);
console.log(`| all, without baseline and watch | ${((record.duration_ms - watching) / 1000).toFixed(2)} |`);
