// Judges all workflows, actions and buildspecs of the repository.
import { execFileSync } from 'node:child_process';
import { judge } from '../support/actions/lint.mjs';

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
for (const file of files) {
  for (const complaint of await judge(file, '.')) {
    console.log(complaint);
    bad += 1;
  }
}
console.log(`${files.length} workflows, actions and buildspecs judged, ${bad} complaints`);
process.exit(bad ? 1 : 0);
