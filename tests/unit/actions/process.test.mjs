// How steps are stopped: SIGINT to the step alone, then SIGTERM, then SIGKILL to all it started.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { patience, run } from '../../support/actions/process.mjs';
import { oneJob, runText } from '../../support/actions/scratch.mjs';

const waits = { SIGINT: 400, SIGTERM: 400 };

// Until somebody has asked how it ended, a dead process still has its number.
function alive(pid) {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

async function stopped(script) {
  const controller = new AbortController();
  const lines = [];
  const end = await run(['bash', '-c', script], {
    cwd: '/',
    env: { PATH: process.env.PATH },
    onLine: (line) => {
      lines.push(line);
      if (line === 'ready') controller.abort();
    },
    signal: controller.signal,
    waits,
  });
  return { ...end, lines };
}

test("the runner's patience is seven and a half and two and a half seconds", () => {
  assert.deepEqual(patience, { SIGINT: 7500, SIGTERM: 2500 });
});

test('a step that heeds SIGINT is asked once', async () => {
  const end = await stopped("trap 'echo int; exit 130' INT; trap 'echo term' TERM; echo ready; while :; do sleep 0.05; done");
  assert.deepEqual([end.stopped, end.code, end.lines], ['SIGINT', 130, ['ready', 'int']]);
});

test('a step that heeds only SIGTERM gets it after its time', async () => {
  const end = await stopped("trap '' INT; trap 'echo term; exit 143' TERM; echo ready; while :; do sleep 0.05; done");
  assert.deepEqual([end.stopped, end.code, end.lines], ['SIGTERM', 143, ['ready', 'term']]);
});

test('a step that heeds nothing is killed with all it started', async () => {
  const end = await stopped("trap '' INT TERM; sleep 60 & echo $!; echo ready; while :; do sleep 0.05; done");
  assert.deepEqual([end.stopped, end.signal], ['SIGKILL', 'SIGKILL']);
  const deadline = Date.now() + 10_000;
  while (alive(end.lines[0]) && Date.now() < deadline) await sleep(20);
  assert.equal(alive(end.lines[0]), false);
});

test('a step that leaves a program behind ends all the same', async () => {
  const end = await run(['bash', '-c', 'sleep 30 >/dev/null 2>&1 & echo done'], {
    cwd: '/',
    env: { PATH: process.env.PATH },
    onLine: () => {},
  });
  assert.equal(end.code, 0);
});

test('a cancelled run ends its step, skips the rest, and runs what is to run always', async (t) => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 500);
  const text = `${oneJob(`      - run: exec sleep 60
      - run: echo never
      - if: cancelled()
        run: echo cleaned up
`)}  later:
    needs: only
    runs-on: ubuntu-24.04
    steps: [{ run: 'true' }]
  always:
    needs: only
    if: always() && needs.only.result == 'cancelled'
    runs-on: ubuntu-24.04
    steps: [{ run: 'echo told' }]
`;
  const done = await runText(t, text, { signal: controller.signal, patience: waits });
  assert.equal(done.result, 'cancelled');
  assert.deepEqual(
    done.jobs.only.steps.map((step) => step.conclusion),
    ['cancelled', 'skipped', 'success'],
  );
  assert.deepEqual([done.jobs.only.result, done.jobs.later.result, done.jobs.always.result], ['cancelled', 'skipped', 'success']);
});

test('a step that runs into its timeout fails', async (t) => {
  const done = await runText(t, oneJob('      - run: exec sleep 60\n        timeout-minutes: 0.005\n'), { patience: waits });
  assert.equal(done.result, 'failure');
  assert.match(done.jobs.only.annotations[0].message, /timed out/);
});
