// The steps of a job and of composite actions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkout, oneJob, runText } from '../../support/actions/scratch.mjs';

const outcomes = (run) => run.jobs.only.steps.map((step) => `${step.outcome}/${step.conclusion}`);

test('after a failed step only those run that ask for it', async (t) => {
  const run = await runText(
    t,
    oneJob(`      - run: exit 3
      - run: echo never
      - if: failure()
        run: echo on failure
      - if: always()
        run: echo always
      - if: success() || failure()
        run: echo either
`),
  );
  assert.deepEqual(outcomes(run), [
    'failure/failure',
    'skipped/skipped',
    'success/success',
    'success/success',
    'success/success',
  ]);
  assert.equal(run.jobs.only.result, 'failure');
  assert.equal(run.jobs.only.annotations[0].message, 'Process completed with exit code 3.');
});

test('continue-on-error keeps the outcome and mends the conclusion', async (t) => {
  const run = await runText(
    t,
    oneJob(`      - id: bad
        run: exit 1
        continue-on-error: true
      - if: steps.bad.outcome == 'failure' && steps.bad.conclusion == 'success'
        run: echo seen
`),
  );
  assert.deepEqual(outcomes(run), ['failure/success', 'success/success']);
  assert.equal(run.result, 'success');
});

test('bash stops at a failing pipe where it is named, and not where it is the default', async (t) => {
  const run = await runText(
    t,
    oneJob(`      - run: |
          false | true
          [[ -o pipefail ]] && exit 9 || echo default
      - shell: bash
        run: false | true
`),
  );
  assert.deepEqual(outcomes(run), ['success/success', 'failure/failure']);
});

test('variables, paths and outputs that a step writes reach the later ones', async (t) => {
  const run = await runText(
    t,
    oneJob(
      `      - id: s
        run: |
          echo 'A=from the step' >>"$GITHUB_ENV"
          printf 'B<<end\\ntwo\\nlines\\nend\\n' >>"$GITHUB_ENV"
          mkdir -p own && printf '#!/bin/sh\\necho called\\n' >own/some-tool && chmod +x own/some-tool
          echo "$PWD/own" >>"$GITHUB_PATH"
          echo 'x=a=b<<c' >>"$GITHUB_OUTPUT"
          echo '## told' >>"$GITHUB_STEP_SUMMARY"
          test -z "$A"
      - env: { C: '\${{ env.A }}/\${{ steps.s.outputs.x }}' }
        run: |
          echo "[$A][$B][$C][$JOB]"
          some-tool
`,
      "    env: { JOB: 'the ${{ github.job }}' }\n".replace('github.job', 'github.run_id'),
    ),
  );
  assert.match(run.jobs.only.log, /\[from the step\]\[two\nlines\]\[from the step\/a=b<<c\]\[the 4711\]\ncalled/);
  assert.equal(run.jobs.only.summary, '## told\n');
});

test('file commands that GitHub refuses fail the step with its words', async (t) => {
  for (const [written, complaint] of [
    ['nothing at all', /Invalid format 'nothing at all'/],
    ['x<<end\\nvalue', /Matching delimiter not found 'end'/],
    ['<<end\\nvalue\\nend', /Name must not be empty/],
  ]) {
    const run = await runText(t, oneJob(`      - run: printf '${written}\\n' >>"$GITHUB_OUTPUT"\n`));
    assert.equal(run.result, 'failure');
    assert.match(run.jobs.only.annotations[0].message, complaint);
  }
  const blocked = await runText(t, oneJob('      - run: echo NODE_OPTIONS=--inspect >>"$GITHUB_ENV"\n'));
  assert.equal(blocked.result, 'failure');
});

test('a summary above its limit is dropped whole, with an error', async (t) => {
  const run = await runText(t, oneJob('      - run: head -c 1048577 /dev/zero | tr "\\\\0" x >"$GITHUB_STEP_SUMMARY"\n'));
  assert.equal(run.jobs.only.summary, '');
  assert.match(run.jobs.only.annotations[0].message, /supports content up to a size of 1024k/);
});

test('annotations keep their place, and the eleventh of a kind is not shown', async (t) => {
  const run = await runText(
    t,
    oneJob(`      - run: |
          echo '::error file=db/a.sql,line=3,col=7,title=A%3A b::first%0Asecond 100%25'
          for i in $(seq 11); do echo "::warning::w$i" >&2; done
          echo 'text ::error::not at the start'
`),
  );
  const [error, ...warnings] = run.jobs.only.annotations;
  assert.deepEqual(
    { ...error, step: null },
    {
      level: 'error',
      message: 'first\nsecond 100%',
      file: 'db/a.sql',
      line: '3',
      col: '7',
      title: 'A: b',
      step: null,
      shown: true,
    },
  );
  assert.deepEqual(
    warnings.map((warning) => warning.shown),
    [...Array(10).fill(true), false],
  );
});

test('masked values are hidden in the log from then on, each line of them', async (t) => {
  const run = await runText(
    t,
    oneJob(`      - run: |
          echo before s3cret
          echo '::add-mask::s3cret'
          echo '::add-mask::one%0Atwo words'
          echo after s3cret, two words
          echo s3cret >>"$GITHUB_STEP_SUMMARY"
          echo '::stop-commands::token'
          echo '::error::not a command'
          echo '::token::'
`),
  );
  assert.match(run.jobs.only.log, /before s3cret\nafter \*\*\*, \*\*\*\n::error::not a command/);
  assert.equal(run.jobs.only.summary, '***\n');
  assert.deepEqual(run.jobs.only.annotations, []);
});

const action = `name: greet
description: greets
inputs:
  who: { description: whom, default: 'run \${{ github.run_id }}' }
  often: { description: how often, required: true }
outputs:
  said: { description: what was said, value: '\${{ steps.inner.outputs.said }}' }
runs:
  using: composite
  steps:
    - id: inner
      shell: bash
      env: { WHO: '\${{ inputs.who }}', OFTEN: '\${{ inputs.often || env.OFTEN }}' }
      run: |
        echo "said=$WHO $OFTEN $STEP in \${GITHUB_ACTION_PATH##*/}" >>"$GITHUB_OUTPUT"
        echo INSIDE=yes >>"$GITHUB_ENV"
    - if: env.BREAK == 'yes'
      shell: bash
      run: exit 5
    - if: failure()
      shell: bash
      run: echo cleaned up
    - shell: bash
      run: echo the end
`;

test('a composite action has its inputs, its own status and its outputs', async (t) => {
  const run = await runText(
    t,
    oneJob(`${checkout}      - id: greet
        uses: ./actions/greet
        with: { often: twice }
        env: { STEP: here }
      - run: echo "[\${{ steps.greet.outputs.said }}][$INSIDE][$STEP]"
`),
    { files: { 'actions/greet/action.yml': action } },
  );
  assert.match(run.jobs.only.log, /\[run 4711 twice here in greet\]\[yes\]\[\]/);
  assert.match(run.jobs.only.log, /the end/);
});

test('an input that is not given leaves the variable of the job', async (t) => {
  const run = await runText(
    t,
    oneJob(
      `${checkout}      - id: greet
        uses: ./actions/greet
      - run: echo "[\${{ steps.greet.outputs.said }}]"
`,
      '    env: { OFTEN: daily }\n',
    ),
    { files: { 'actions/greet/action.yml': action } },
  );
  assert.match(run.jobs.only.log, /\[run 4711 daily {2}in greet\]/);
});

test('a failure inside a composite action stays there until it ends', async (t) => {
  const run = await runText(
    t,
    oneJob(`${checkout}      - id: greet
        uses: ./actions/greet
        with: { often: once, oftn: typo }
        env: { BREAK: 'yes' }
      - if: failure() && steps.greet.outputs.said != ''
        run: echo outside
`),
    { files: { 'actions/greet/action.yml': action } },
  );
  assert.match(run.jobs.only.log, /cleaned up/);
  assert.doesNotMatch(run.jobs.only.log, /the end/);
  assert.match(run.jobs.only.log, /outside/);
  assert.equal(run.result, 'failure');
  assert.match(run.jobs.only.annotations[0].message, /Unexpected input\(s\) 'oftn'/);
});

test('a composite action sees no secrets, and needs a checkout', async (t) => {
  const peeking = action.replace('echo the end', 'echo ${{ secrets.KEY }}');
  const files = { 'actions/greet/action.yml': peeking };
  const use = '      - uses: ./actions/greet\n        with: { often: once }\n';
  await assert.rejects(runText(t, oneJob(checkout + use), { files }), /secrets/);
  const missing = await runText(t, oneJob(use), { files });
  assert.match(missing.jobs.only.annotations[0].message, /Did you forget to run actions\/checkout/);
});

test('a value in a script is run as a part of it, which is why our actions have none', async (t) => {
  const run = await runText(t, oneJob('      - run: echo "${{ github.actor }}"\n'), {
    github: { actor: 'x"; echo INJECTED; echo "' },
  });
  assert.match(run.jobs.only.log, /^INJECTED$/m);
});
