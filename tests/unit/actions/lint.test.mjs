// Nineteen planted errors, and a few of our own rules: the lint has to find each.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { judge } from '../../support/actions/lint.mjs';
import { scratch } from '../../support/actions/scratch.mjs';
import { root } from '../../support/actions/site.mjs';

const good = `name: good
description: good
inputs:
  word: { description: a word, required: true }
outputs:
  said: { description: said, value: '\${{ steps.a.outputs.said }}' }
runs:
  using: composite
  steps:
    - id: a
      shell: bash
      env: { WORD: '\${{ inputs.word }}' }
      run: echo "said=$WORD" >>"$GITHUB_OUTPUT"
`;
const sha = '0123456789abcdef0123456789abcdef01234567';
const workflow = `on: push
permissions: { contents: read }
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@${sha} # v6.0.2
        with: { persist-credentials: false }
      - id: good
        uses: ./actions/good
        with: { word: hey }
      - env: { SAID: '\${{ steps.good.outputs.said }}' }
        run: echo "$SAID"
  b:
    needs: a
    runs-on: ubuntu-24.04
    steps: [{ run: 'true' }]
`;

async function complaints(t, name, text) {
  const folder = scratch(t, { 'actions/good/action.yml': good, [name]: text });
  return (await judge(join(folder, name), folder)).join('\n');
}

/** The text with one thing replaced, which has to be there. */
function planted(text, [from, to]) {
  assert.ok(text.includes(from), from);
  return text.replace(from, to);
}

test('the good pair has no complaints', async (t) => {
  assert.equal(await complaints(t, 'actions/other/action.yml', good), '');
  assert.equal(await complaints(t, '.github/workflows/w.yml', workflow), '');
});

for (const [what, change, complaint] of [
  ['no shell', ['      shell: bash\n', ''], /shell/],
  ['an unknown input', ['inputs.word', 'inputs.wrd'], /no input wrd/],
  ['an output of an unknown step', ['steps.a.outputs', 'steps.b.outputs'], /is of b, which is no step/],
  ['an expression in a script', ['echo "said=$WORD"', 'echo "said=${{ inputs.word }}"'], /can inject commands/],
  ['a timeout', ['      shell: bash\n', '      shell: bash\n      timeout-minutes: 3\n'], /timeout-minutes/],
  ['the secrets context', ['${{ inputs.word }}', '${{ secrets.word }}'], /secrets/],
  ['a bad expression', ['${{ inputs.word }}', '${{ inputs.word === 1 }}'], /nexpected/],
  ['an output without a value', [", value: '${{ steps.a.outputs.said }}'", ''], /value/],
  ['a fault of shell', ['run: echo "said=$WORD"', 'run: echo $WORD; cd /x; echo "said=$WORD"'], /SC2086/],
]) {
  test(`the lint finds in an action ${what}`, async (t) => {
    assert.match(await complaints(t, 'actions/other/action.yml', planted(good, change)), complaint);
  });
}

for (const [what, change, complaint] of [
  ['an unknown need', ['needs: a', 'needs: z'], /z/],
  ['a wrong input of a local action', ['word: hey', 'wrd: hey'], /no input wrd[\s\S]*input word is missing/],
  ['an expression in a script', ['run: echo "$SAID"', 'run: echo "${{ github.head_ref }}"'], /can inject commands/],
  ['a bad expression', ['${{ steps.good.outputs.said }}', '${{ steps.good.outputs.said + 1 }}'], /nexpected/],
  ['a key that is there twice', ['  b:\n', '  a:\n'], /Map keys must be unique/],
  ['a bad permission', ['contents: read', 'content: read'], /content/],
  ['an unknown output of a local action', ['outputs.said', 'outputs.told'], /good has no output told/],
  ['a local action that is missing', ['./actions/good', './actions/bad'], /\.\/actions\/bad is not there/],
  ['an unquoted variable', ['run: echo "$SAID"', 'run: echo $SAID'], /SC2086/],
  ['a bad type of an input', ['on: push', 'on: { workflow_call: { inputs: { x: { type: strng } } } }'], /strng/],
  ['an impossible cron time', ['on: push', "on: { schedule: [{ cron: '0 */25 * * *' }] }"], /cron/i],
  [
    'another result than of a job it needs',
    ["run: 'true'", "run: 'true', if: needs.c.result == 'success'"],
    /does not need c|Context access/,
  ],
  ['a third-party action without a commit', [`checkout@${sha} # v6.0.2`, 'checkout@v6'], /not pinned/],
  ['a commit that does not say its version', [' # v6.0.2', ''], /say which version/],
  ['an action of a stranger', ['actions/checkout@', 'some/checkout@'], /only actions\/checkout/],
  ['no permissions', ['permissions: { contents: read }\n', ''], /permissions are missing/],
]) {
  test(`the lint finds in a workflow ${what}`, async (t) => {
    const text = planted(workflow, change);
    assert.match(await complaints(t, '.github/workflows/w.yml', text), complaint);
  });
}

test('the lint finds a command of a buildspec that is none, an unknown phase, and faults of shell', async (t) => {
  const spec = (phase, command) =>
    `version: 0.2\nenv: { shell: bash }\nphases:\n  ${phase}:\n    commands:\n      - ${command}\n`;
  assert.equal(await complaints(t, 'buildspec.yml', spec('build', 'echo built')), '');
  assert.match(await complaints(t, 'buildspec.yml', spec('build', 'echo "a: b"')), /is no command/);
  assert.match(await complaints(t, 'buildspec.yml', spec('prebuild', 'echo built')), /prebuild is not known/);
  assert.match(await complaints(t, 'buildspec.yml', spec('build', 'cat $FILE')), /SC2086/);
});

test('the examples of the guide have no complaints', async (t) => {
  const guide = readFileSync(join(root, 'docs/guides/github-actions.md'), 'utf8');
  const [whole, single] = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) =>
    match[1].replaceAll('@<commit>', `@${sha} # v1`).replace(/# v1 #/, '#'),
  );
  assert.deepEqual(await judge(join(scratch(t, { 'w.yml': whole }), 'w.yml'), root), []);
  const steps = single.replaceAll('your-org/slipway/actions/', './actions/').replaceAll(/(\.\/actions\/[\w-]+)@\S+ # v1/g, '$1');
  const job = `on: push\npermissions: { contents: read }\njobs:\n  a:\n    runs-on: ubuntu-24.04\n${steps.replaceAll(/^/gm, '    ')}`;
  assert.deepEqual(await judge(join(scratch(t, { 'w.yml': job }), 'w.yml'), root), []);
});

test('the lint finds what a caller of our workflow gives wrongly', async (t) => {
  const called = 'on: { workflow_call: { inputs: { place: { type: string, required: true } } } }\njobs: {}\n';
  const caller = `on: push\npermissions: { contents: read }\njobs:\n  a:\n    uses: your-org/slipway/.github/workflows/called.yml@v1\n    with: { plce: x }\n`;
  const folder = scratch(t, { '.github/workflows/called.yml': called, 'caller.yml': caller });
  const found = (await judge(join(folder, 'caller.yml'), folder)).join('\n');
  assert.match(found, /no input plce[\s\S]*input place is missing/);
});
