// deploy-run: branches, overlays, conditions, questions on a terminal and in CI, what it shows.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { recordsBelow } from '../support/actions/records.mjs';
import { bin } from '../support/actions/site.mjs';

class Folder {
  static open(context, pipeline) {
    const folder = new Folder();
    folder.path = mkdtempSync(join(tmpdir(), 'slipway-branches-'));
    context.after(() => rmSync(folder.path, { recursive: true, force: true }));
    writeFileSync(join(folder.path, 'p.yaml'), pipeline);
    return folder;
  }

  get env() {
    return { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: this.path };
  }

  run(args, env = {}) {
    const ran = spawnSync(join(bin, 'deploy-run'), args, { cwd: this.path, encoding: 'utf8', env: { ...this.env, ...env } });
    return { code: ran.status, log: ran.stdout + ran.stderr, out: ran.stdout };
  }

  /** On a pseudo terminal of util-linux's script; `answer` is typed when the question is there. */
  async onTerminal(args, { question, answer } = {}) {
    const command = [join(bin, 'deploy-run'), ...args].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: this.path, env: { ...this.env, TERM: 'xterm' }, stdio: ['pipe', 'pipe', 'pipe'] });
    let log = '';
    let asked = false;
    child.stdout.on('data', (chunk) => {
      log += chunk;
      if (question && !asked && log.includes(question)) {
        asked = true;
        child.stdin.write(`${answer}\n`);
      }
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    return { code, log };
  }

  read(name) {
    return existsSync(join(this.path, name)) ? readFileSync(join(this.path, name), 'utf8') : '';
  }

  get record() {
    return recordsBelow(join(this.path, 'slipway-out'))['deploy-run-run'];
  }

  get steps() {
    return this.record.data.steps.map((step) => `${step.id}=${step.status}`).join(' ');
  }
}

// Each of the two waits for a file of the other: one after the other they would never end.
const branches = `steps:
  - id: first
    run: echo 1 > first
  - id: left
    needs: [first]
    run: echo from the left; touch left; until test -e right; do sleep 0.02; done
    timeout: 60s
  - id: right
    needs: [first]
    run: echo from the right; touch right; until test -e left; do sleep 0.02; done
    timeout: 60s
  - id: last
    run: test -e left && test -e right && cat $SLIPWAY_INPUTS && echo 1 > last
    inputs: [left, right]
`;

test('steps that do not wait for each other run together', (t) => {
  const folder = Folder.open(t, branches);
  const { code, log } = folder.run(['p.yaml']);
  assert.equal(code, 0, log);
  assert.equal(folder.steps, 'first=passed left=passed right=passed last=passed');
  assert.deepEqual(folder.record.data.steps[2].needs, ['first']);
  assert.equal(folder.record.data.steps[3].inputs.length, 2);
});

test('a failure lets the branch beside it end, and nothing new begins', (t) => {
  const folder = Folder.open(t, `steps:
  - id: bad
    needs: []
    run: until test -e begun; do sleep 0.02; done; exit 3
  - id: slow
    needs: []
    run: touch begun; sleep 0.5; touch ended
  - id: after_slow
    needs: [slow]
    run: touch never
  - id: undo
    rollback: true
    run: test -e ended && touch undone
  - id: report
    always: true
    run: touch reported
`.replace('exit 3\n', 'exit 3\n    on_failure: rollback\n'));
  const { code, log } = folder.run(['p.yaml']);
  assert.equal(code, 1, log);
  assert.equal(folder.steps, 'bad=failed slow=passed after_slow=skipped undo=passed report=passed');
  assert.equal(folder.record.data.steps[2].skipped_because, 'the step bad failed');
});

test('resume repeats in a branch only what did not pass', (t) => {
  const folder = Folder.open(t, `steps:
  - { id: a, needs: [], run: echo 1 >> a }
  - { id: b, needs: [], run: echo 1 >> b; test -e ok }
  - { id: c, needs: [a], run: echo 1 >> c }
`);
  assert.equal(folder.run(['p.yaml']).code, 1);
  writeFileSync(join(folder.path, 'ok'), '');
  const { code, log } = folder.run(['p.yaml', '--resume']);
  assert.equal(code, 0, log);
  assert.deepEqual(['a', 'b', 'c'].map((name) => folder.read(name).length / 2), [1, 2, 1]);
});

test('in GitHub what steps said together is told in a group each', (t) => {
  const folder = Folder.open(t, branches);
  const { code, log } = folder.run(['p.yaml'], { GITHUB_ACTIONS: 'true' });
  assert.equal(code, 0, log);
  let open = '';
  for (const line of log.split('\n')) {
    const [, title] = line.match(/^::group::\[\d\/4\] (\w+)/) ?? [];
    if (title) {
      assert.equal(open, '', 'groups do not nest');
      open = title;
    }
    if (line === '::endgroup::') open = '';
    if (/left: from the left/.test(line)) assert.equal(open, 'left');
    if (/right: from the right/.test(line)) assert.equal(open, 'right');
  }
  assert.match(log, /::group::\[2\/4\] left/);
});

const overlay = `name: shop
environment: staging
env: { COLOUR: blue }
steps:
  - id: one
    run: echo "$COLOUR $SIZE" > one
    env: { SIZE: small }
  - id: tests
    run: touch tested
  - id: backup
    uses: report-render
    with: { format: [md], title: "Of \${COLOUR}", RECORD: "\${SLIPWAY_RECORDS}" }
    inputs: all
environments:
  production:
    env: { COLOUR: red }
    steps:
      one: { env: { SIZE: large }, confirm: "Really?" }
      tests: { skip: true }
      backup: { with: { format: [html] } }
`;

test('an environment lays its own over the pipeline', (t) => {
  const folder = Folder.open(t, overlay);
  assert.equal(folder.run(['p.yaml']).code, 0);
  assert.equal(folder.read('one'), 'blue small\n');
  assert.ok(existsSync(join(folder.path, 'slipway-out/deploy-run-run.d/report.md')));
  const { code, log } = folder.run(['p.yaml', '--environment', 'production', '--yes']);
  assert.equal(code, 0, log);
  assert.equal(folder.read('one'), 'red large\n');
  assert.equal(folder.steps, 'one=passed tests=skipped backup=passed');
  assert.equal(folder.record.data.steps[1].skipped_because, 'not in production');
  assert.match(log, /report-render render --format html --title 'Of red'/);
  assert.ok(existsSync(join(folder.path, 'slipway-out/deploy-run-run.d/report.html')));
});

test('what is wrong in an overlay is told with its own line', (t) => {
  const unknown = Folder.open(t, overlay.replace('tests: { skip', 'test: { skip'));
  const first = unknown.run(['plan', 'p.yaml']);
  assert.equal(first.code, 2);
  assert.match(first.log, /p\.yaml:19.*there is no step test/);
  assert.match(first.log, /Did you mean tests\?/);
  const option = Folder.open(t, overlay.replace('format: [html]', 'formatt: [html]'));
  const second = option.run(['plan', 'p.yaml', '--environment', 'production']);
  assert.equal(second.code, 2);
  assert.match(second.log, /p\.yaml:20.*formatt/);
});

test('a step runs where its condition on earlier records holds', (t) => {
  const folder = Folder.open(t, `environment: staging
steps:
  - { id: one, run: "true" }
  - { id: two, run: touch two, when: '.steps.one.data.exit_code == 0 and .environment == "staging"' }
  - { id: three, run: touch three, when: '.steps.two.status == "failed"' }
  - { id: four, run: touch four, when: '.steps.three.status == "skipped"' }
`);
  const { code, log } = folder.run(['p.yaml']);
  assert.equal(code, 0, log);
  assert.equal(folder.steps, 'one=passed two=passed three=skipped four=passed');
  assert.match(folder.record.data.steps[2].skipped_because, /^when: /);
  const wrong = Folder.open(t, 'steps:\n  - id: one\n    run: x\n    when: ".a ("\n');
  const refused = wrong.run(['p.yaml']);
  assert.equal(refused.code, 2);
  assert.match(refused.log, /p\.yaml:4/);
});

test('the tests are skipped for a reason that somebody answers for', (t) => {
  const folder = Folder.open(t, `environment: production
steps:
  - { id: tests, uses: test-run, with: { report: [r.xml], COMMAND: ["false"] } }
  - { id: deploy, run: touch deployed, inputs: [tests] }
`);
  const refused = folder.run(['p.yaml', '--skip-tests']);
  assert.equal(refused.code, 4, refused.log);
  assert.match(refused.log, /--reason TEXT and --approved-by NAME/);
  assert.ok(!existsSync(join(folder.path, 'deployed')));
  const { code, log } = folder.run(['p.yaml', '--skip-tests', '--reason', 'logins fail', '--approved-by', 'ada']);
  assert.equal(code, 0, log);
  assert.equal(folder.steps, 'tests=skipped deploy=passed');
  assert.deepEqual(folder.record.data.skipped_tests, { reason: 'logins fail', approved_by: 'ada' });
});

const asking = 'steps:\n  - id: one\n    run: touch one\n    confirm: Shall it be?\n';

test('a question is asked on a terminal, and refused where nobody can answer', async (t) => {
  const yes = Folder.open(t, asking);
  const confirmed = await yes.onTerminal(['p.yaml'], { question: 'Shall it be? [y/N]', answer: 'y' });
  assert.equal(confirmed.code, 0, confirmed.log);
  assert.ok(existsSync(join(yes.path, 'one')));
  const no = Folder.open(t, asking);
  const denied = await no.onTerminal(['p.yaml'], { question: 'Shall it be? [y/N]', answer: 'n' });
  assert.equal(denied.code, 4, denied.log);
  assert.ok(!existsSync(join(no.path, 'one')));
  const ci = Folder.open(t, asking);
  const alone = ci.run(['p.yaml'], { CI: 'true', GITHUB_ACTIONS: 'true' });
  assert.equal(alone.code, 4, alone.log);
  assert.match(alone.log, /--yes/);
  assert.equal(ci.run(['p.yaml', '--yes'], { CI: 'true', GITHUB_ACTIONS: 'true' }).code, 0);
});

test('a terminal shows what runs, and for how long', async (t) => {
  const folder = Folder.open(t, `steps:
  - { id: left, needs: [], run: sleep 1.5 }
  - { id: right, needs: [], run: sleep 1.5 }
`);
  const { code, log } = await folder.onTerminal(['p.yaml']);
  assert.equal(code, 0, log);
  assert.match(log, /\[1\/2\] left {2}1\.?0? ?s.* \| \[2\/2\] right/);
  assert.match(log, /\[2\/2\] right ✓/);
});

test('a dry run starts nothing, and the plan is drawn with its branches', (t) => {
  const folder = Folder.open(t, branches);
  const { code, log } = folder.run(['p.yaml', '--dry-run']);
  assert.equal(code, 0, log);
  assert.ok(!existsSync(join(folder.path, 'first')));
  assert.match(log, /\[3\/4\] right: .*waits for first/);
  const planned = folder.run(['plan', 'p.yaml']);
  assert.equal(planned.code, 0);
  const { mermaid } = recordsBelow(join(folder.path, 'slipway-out'))['deploy-run-plan'].data;
  for (const arrow of ['s1 --> s2', 's1 --> s3', 's2 --> s4', 's3 --> s4']) assert.ok(mermaid.includes(arrow), mermaid);
  for (const arrow of ['s2 --> s3', 's1 --> s4']) assert.ok(!mermaid.includes(arrow), mermaid);
});

test('a step that takes too long ends the pipeline with exit code 5', (t) => {
  const folder = Folder.open(t, 'steps:\n  - { id: one, run: sleep 60, timeout: 200ms }\n');
  const { code, log } = folder.run(['p.yaml']);
  assert.equal(code, 5, log);
  assert.match(log, /timeout:/);
});
