// The jobs of a workflow: order, conditions, inputs, secrets, permissions, called workflows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkout, runText } from '../../support/actions/scratch.mjs';

const resultsOf = (run) => Object.fromEntries(Object.entries(run.jobs).map(([id, job]) => [id, job.result]));
const job = (more, run = 'true') => `
    runs-on: ubuntu-24.04
${more}    steps: [{ run: '${run}' }]`;

test('a job runs after those it needs, and not after a failed or skipped one', async (t) => {
  const run = await runText(
    t,
    `on: push
jobs:
  last:${job('    needs: [skipped]\n')}
  skipped:${job('    needs: bad\n')}
  bad:${job('    needs: [good]\n', 'exit 1')}
  good:${job('')}
  report:${job("    needs: [bad, last]\n    if: always() && needs.bad.result == 'failure'\n")}
  mended:${job('    needs: skipped\n    if: failure()\n')}
`,
  );
  assert.deepEqual(resultsOf(run), {
    good: 'success',
    bad: 'failure',
    skipped: 'skipped',
    last: 'skipped',
    report: 'success',
    mended: 'success',
  });
  assert.deepEqual(Object.keys(run.jobs).slice(0, 4), ['good', 'bad', 'skipped', 'last']);
  assert.equal(run.result, 'failure');
});

test('success() looks at all jobs before, through one that ran anyway', async (t) => {
  const run = await runText(
    t,
    `on: push
jobs:
  first:${job('    if: false\n')}
  middle:${job('    needs: first\n    if: always()\n')}
  after:${job('    needs: middle\n')}
  chosen:${job("    needs: middle\n    if: ${{ !cancelled() && needs.middle.result == 'success' }}\n")}
`,
  );
  assert.deepEqual(resultsOf(run), { first: 'skipped', middle: 'success', after: 'skipped', chosen: 'success' });
});

test('outputs pass from job to job, and one with a secret does not', async (t) => {
  const run = await runText(
    t,
    `on: push
jobs:
  a:
    runs-on: ubuntu-24.04
    outputs: { plain: '\${{ steps.s.outputs.plain }}', hidden: '\${{ steps.s.outputs.hidden }}' }
    steps:
      - id: s
        env: { PASSWORD: '\${{ secrets.PASSWORD }}' }
        run: |
          echo plain=word >>"$GITHUB_OUTPUT"
          echo "hidden=the $PASSWORD" >>"$GITHUB_OUTPUT"
          echo "it is $PASSWORD"
  b:
    needs: a
    runs-on: ubuntu-24.04
    steps: [{ run: 'echo [\${{ needs.a.outputs.plain }}][\${{ needs.a.outputs.hidden }}]' }]
`,
    { secrets: { PASSWORD: 'open-sesame' } },
  );
  assert.match(run.jobs.b.log, /\[word\]\[\]/);
  assert.match(run.jobs.a.log, /it is \*\*\*/);
  assert.equal(run.jobs.a.annotations[0].message, "Skip output 'hidden' since it may contain secret.");
});

const called = `on:
  workflow_call:
    inputs:
      count: { type: number, default: 3 }
      loud: { type: boolean, default: false }
      word: { type: string, required: true }
    secrets:
      KEY: { required: true }
    outputs:
      said: { value: '\${{ jobs.say.outputs.said }}' }
permissions: { contents: read }
jobs:
  say:
    runs-on: ubuntu-24.04
    environment: { name: '\${{ inputs.word }}', deployment: false }
    outputs: { said: '\${{ steps.s.outputs.said }}' }
    steps:
      - id: s
        if: inputs.loud && inputs.count == 3
        env: { KEY: '\${{ secrets.KEY }}', WORD: '\${{ inputs.word }}' }
        run: echo "said=$WORD-\${#KEY}" >>"$GITHUB_OUTPUT"
`;
const caller = (more) => `on: push
permissions: { contents: read }
jobs:
  call:
    uses: ./.github/workflows/called.yml
${more}`;
const calling = (t, more, options = {}) =>
  runText(t, caller(more), { secrets: { KEY: 'abcdef' }, files: { '.github/workflows/called.yml': called }, ...options });

test('a called workflow gets typed inputs and secrets, and gives outputs', async (t) => {
  const run = await calling(t, "    with: { word: hey, loud: true }\n    secrets: { KEY: '${{ secrets.KEY }}' }\n");
  assert.deepEqual(run.jobs.call.outputs, { said: 'hey-6' });
  assert.equal(run.jobs.call.jobs.say.environment, 'hey');
});

test('secrets of the environment come before those of the caller', async (t) => {
  const run = await calling(t, '    with: { word: hey, loud: true }\n    secrets: inherit\n', {
    environments: { hey: { secrets: { KEY: 'ab' } } },
  });
  assert.deepEqual(run.jobs.call.outputs, { said: 'hey-2' });
});

test('what GitHub refuses before a workflow starts is refused', async (t) => {
  const secrets = '    secrets: inherit\n';
  for (const [more, complaint] of [
    [`    with: { word: a, other: b }\n${secrets}`, /other is not defined/],
    [secrets, /word/],
    [`    with: { word: a, loud: 'yes' }\n${secrets}`, /loud must be a boolean|Unexpected value/],
    ['    with: { word: a }\n    secrets: { KEY: x, MORE: y }\n', /MORE is not defined/],
    ['    with: { word: a }\n', /KEY is required/],
  ]) {
    await assert.rejects(calling(t, more), complaint);
  }
  const greedy = called.replace('contents: read', 'actions: read');
  await assert.rejects(
    calling(t, `    with: { word: a }\n${secrets}`, { files: { '.github/workflows/called.yml': greedy } }),
    /requesting 'actions: read', but is only allowed 'actions: none'/,
  );
});

test('what this runner does not know ends the run', async (t) => {
  const steps = '    steps: [{ run: "true" }]\n';
  for (const [text, complaint] of [
    [`on: push\njobs:\n  a:\n    runs-on: x\n    strategy: { matrix: { v: [1] } }\n${steps}`, /strategy is not known/],
    [`on: push\njobs:\n  a:\n    runs-on: x\n    container: debian:12\n${steps}`, /container is not known/],
    ['on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{ uses: some/action@v1 }]\n', /uses some\/action@v1 is not known/],
    ['on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{ run: "echo ${{ hashFiles(\'x\') }}" }]\n', /hashFiles/],
    [`on: push\njobs:\n  a:\n    runs-on: x\n    tests: 1\n${steps}`, /Unexpected value 'tests'/],
    ['on: schedule\njobs: {}\n', /.+/],
  ]) {
    await assert.rejects(runText(t, text), complaint);
  }
});

test('each job has a workspace of its own', async (t) => {
  const run = await runText(
    t,
    `on: push
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
${checkout}      - run: test -f README && touch left-behind
  b:
    needs: a
    runs-on: ubuntu-24.04
    steps: [{ run: 'test ! -e README && test ! -e left-behind' }]
`,
  );
  assert.equal(run.result, 'success');
});
