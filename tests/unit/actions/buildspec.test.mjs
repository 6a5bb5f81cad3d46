// The phases of a buildspec.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runBuildspec } from '../../support/actions/buildspec.mjs';
import { scratch } from '../../support/actions/scratch.mjs';

function build(t, text, options = {}) {
  const folder = scratch(t, { 'source/README': 'here', 'buildspec.yml': `version: 0.2\nenv: { shell: bash }\n${text}` });
  return runBuildspec({
    file: join(folder, 'buildspec.yml'),
    folder: join(folder, 'source'),
    place: folder,
    machine: { PATH: process.env.PATH },
    ...options,
  });
}

test('exported variables and the folder live on from command to command and phase to phase', async (t) => {
  const done = await build(
    t,
    `phases:
  install: { commands: ['export A="one two"', 'B=shell', 'mkdir sub && cd sub', 'echo "$A-$B"'] }
  build: { commands: ['echo "$A-$(basename "$PWD")-$CODEBUILD_BUILD_SUCCEEDING"'] }
`,
  );
  assert.equal(done.result, 'SUCCEEDED');
  assert.match(done.log, /one two-shell\n/);
  assert.match(done.log, /one two-sub-1\n/);
});

test('a failing command ends its phase, its finally runs, and post_build follows a build', async (t) => {
  const done = await build(
    t,
    `phases:
  build: { commands: ['echo first', 'false', 'echo never'], finally: ['echo in the end'] }
  post_build: { commands: ['echo "after: $CODEBUILD_BUILD_SUCCEEDING"'] }
`,
  );
  assert.deepEqual(done.phases, { build: 'FAILED', post_build: 'SUCCEEDED' });
  assert.equal(done.result, 'FAILED');
  assert.match(done.log, /first\nin the end\n/);
  assert.match(done.log, /after: 0/);
});

test('after a failed pre_build comes nothing, unless it may fail', async (t) => {
  const phases = (more) => `phases:\n  pre_build: { commands: ['false']${more} }\n  build: { commands: ['echo built'] }\n`;
  assert.deepEqual((await build(t, phases(''))).phases, { pre_build: 'FAILED' });
  assert.deepEqual((await build(t, phases(', on-failure: CONTINUE'))).phases, { pre_build: 'FAILED', build: 'SUCCEEDED' });
  const aborted = "phases:\n  build: { commands: ['false'], on-failure: ABORT }\n  post_build: { commands: ['true'] }\n";
  assert.deepEqual((await build(t, aborted)).phases, { build: 'FAILED' });
});

test('variables, secrets, artifacts, reports and exported variables', async (t) => {
  const text = `phases:
  build: { commands: ['mkdir -p out/sub', 'echo "$V $S" >out/sub/file', 'export GIVEN="$V"', 'echo "<testsuites/>" >out/junit.xml'] }
reports: { tests: { files: [junit.xml], base-directory: out } }
artifacts: { files: ['out/**/*'] }
`;
  const env =
    "env:\n  shell: bash\n  variables: { V: standard }\n  secrets-manager: { S: 'name:key' }\n  exported-variables: [GIVEN]\n";
  const folder = scratch(t, { 'source/README': '', 'buildspec.yml': `version: 0.2\n${env}${text}` });
  const options = {
    file: join(folder, 'buildspec.yml'),
    folder: join(folder, 'source'),
    place: folder,
    machine: { PATH: process.env.PATH },
  };
  const done = await runBuildspec({ ...options, variables: { V: 'of the project' }, secrets: { 'name:key': 'hush' } });
  assert.equal(readFileSync(join(done.artifacts, 'out/sub/file'), 'utf8'), 'of the project hush\n');
  assert.deepEqual(done.exported, { GIVEN: 'of the project' });
  assert.deepEqual(done.reports.tests, ['<testsuites/>\n']);
  await assert.rejects(runBuildspec(options), /secrets-manager has no name:key/);
});

test('what CodeBuild would refuse, and what this runner does not know, ends the build', async (t) => {
  for (const [text, complaint] of [
    ['phases: { prebuild: { commands: ["true"] } }\n', /prebuild is not known/],
    ['phases: { build: { commands: ["true"], on-failure: STOP } }\n', /on-failure STOP/],
    ['phases:\n  build:\n    commands:\n      - echo "a: b"\n', /is no command/],
    ['phases: { build: { commands: ["true"] } }\nbatch: {}\n', /batch is not known/],
    ['phases: { build: { commands: ["true"] } }\nreports: { r: { files: [x], file-format: JUNIT } }\n', /JUNIT/],
  ]) {
    await assert.rejects(build(t, text), complaint);
  }
});
