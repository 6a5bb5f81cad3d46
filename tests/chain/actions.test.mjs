// The action of every tool: it starts the tool and hands out what it says.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { requireValid } from '../support/actions/records.mjs';
import { bin, root } from '../support/actions/site.mjs';
import { scratch } from '../support/actions/scratch.mjs';
import { runWorkflow } from '../support/actions/workflow.mjs';

const tools = readdirSync(join(root, 'actions')).filter((name) => name !== 'setup');

/** A job that uses the action; `more` are lines of YAML for the step. */
async function use(t, tool, given, { env = '', more = '' } = {}) {
  const folder = scratch(t, {
    'app/.github/workflows/ci.yml': `on: push
jobs:
  only:
    runs-on: ubuntu-24.04
${env}    steps:
      - id: tool
        uses: your-org/slipway/actions/${tool}@v1
        continue-on-error: true
${more}        with:
${Object.entries(given)
  .map(([name, value]) => `          ${name}: ${JSON.stringify(value)}\n`)
  .join(
    '',
  )}      - env: { STATUS: '\${{ steps.tool.outputs.status }}', CODE: '\${{ steps.tool.outputs.exit-code }}', SAID: '\${{ steps.tool.outputs.summary }}' }
        run: echo "[$STATUS][$CODE][$SAID]"
`,
  });
  const run = await runWorkflow({
    file: join(folder, 'app/.github/workflows/ci.yml'),
    place: join(folder, 'run'),
    repository: 'your-org/app',
    repositories: { 'your-org/app': join(folder, 'app'), 'your-org/slipway': root },
    machine: { PATH: process.env.PATH, SLIPWAY_BIN: bin },
  });
  const job = run.jobs.only;
  return {
    job,
    outputs: job.steps.find((step) => step.id === 'tool').outputs,
    code: job.steps.find((step) => 'exitCode' in step).exitCode,
  };
}

for (const tool of tools) {
  test(`the action of ${tool} starts it and hands out status, exit code, summary and record`, async (t) => {
    const { job, outputs, code } = await use(t, tool, { output: 'out/record.json', timeout: '5s', environment: 'test' });
    assert.deepEqual(
      job.annotations.filter((annotation) => annotation.level === 'warning' && annotation.message.startsWith('Unexpected input')),
      [],
    );
    assert.equal(outputs['exit-code'], String(code), job.log);
    const path = join(job.workspace, outputs.record);
    assert.ok(existsSync(path), `${outputs.record}: ${job.log}`);
    const record = requireValid(JSON.parse(readFileSync(path, 'utf8')), path);
    assert.equal(record.tool, tool);
    assert.equal(outputs.status, record.status);
    assert.deepEqual([record.run.ci, record.run.id], ['github', '4711']);
    // Where the options were not understood, neither was the environment.
    if (record.error?.kind !== 'usage') assert.equal(record.run.environment, 'test');
    assert.ok(job.log.includes(`[${record.status}][${code}]`));
    if (record.error)
      assert.ok(
        job.annotations.some((annotation) => annotation.title === tool && annotation.message.startsWith(record.error.message)),
      );
  });
}

test('what a user gives to an action is data, whatever it says', async (t) => {
  const hostile = '`touch a`$(touch b); touch c "\'\n::set-output name=status::forged';
  const { job, outputs } = await use(t, 'report-render', { record: 'nowhere', title: hostile, output: 'record.json' });
  assert.equal(outputs.status, 'error', job.log);
  assert.deepEqual(readdirSync(job.workspace), ['record.json']);
});

test('the variables of a job count where an input is not given, and not where it is', async (t) => {
  const env = '    env: { SLIPWAY_REPORT_RENDER_OUTPUT: by-variable.json }\n';
  const { job } = await use(t, 'report-render', { record: 'nowhere' }, { env });
  assert.deepEqual(readdirSync(job.workspace), ['by-variable.json']);
  const given = await use(t, 'report-render', { record: 'nowhere', output: 'by-input.json' }, { env });
  assert.deepEqual(readdirSync(given.job.workspace), ['by-input.json']);
});
