// Judges all workflows, actions and buildspecs of the repository.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { judge } from '../support/actions/lint.mjs';

// Tools that the workflow names already; a line goes when its tool comes.
const coming = ['preflight', 'test-run', 'slack-notify', 'rollback'];

const patterns = [
  '.github/workflows/*.yml',
  'actions/*/action.yml',
  'docs/examples/github/*.yml',
  'docs/examples/codebuild/*.yml',
];
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...patterns], { encoding: 'utf8' })
  .split('\n')
  .filter(Boolean);
let bad = 0;
for (const tool of coming.filter((name) => existsSync(`actions/${name}`))) {
  console.log(`tests/lint/actions.mjs: ${tool} is there now; it is no longer to come`);
  bad += 1;
}
for (const file of files) {
  for (const complaint of await judge(file, '.')) {
    if (coming.some((tool) => complaint.endsWith(`./.slipway/actions/${tool} is not there`))) continue;
    console.log(complaint);
    bad += 1;
  }
}
console.log(`${files.length} workflows, actions and buildspecs judged, ${bad} complaints`);
process.exit(bad ? 1 : 0);
