// count_tests.mjs FOLDER: counts the cases of a ctest run. A program of Boost.Test tells its own
// cases in junit/<test>.xml; any other test is one case; one that died without telling is a failure.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const run = readFileSync(join(folder, 'ctest.xml'), 'utf8');
let passed = 0;
let failed = 0;
for (const [, name, status] of run.matchAll(/<testcase name="([^"]+)"[^>]*status="([^"]+)"/g)) {
  const own = join(folder, 'junit', `${name}.xml`);
  const ok = status === 'run';
  if (!existsSync(own)) {
    if (ok) passed += 1;
    else failed += 1;
    continue;
  }
  // What a test printed may be a report of tests itself.
  const told = readFileSync(own, 'utf8').replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, '');
  const cases = told.split('<testcase ').slice(1);
  const bad = cases.filter((text) => /<(failure|error)[ >]/.test(text)).length;
  const skipped = cases.filter((text) => text.includes('<skipped')).length;
  passed += cases.length - bad - skipped;
  failed += bad || (ok ? 0 : 1);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
