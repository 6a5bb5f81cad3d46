// test-run with the real test runners: each of them tells of one test that passes, one that fails
// at a line, and one that is skipped.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const peers = dirname(fileURLToPath(import.meta.url));
const bin = join(peers, '../../build/bin');

class Folder {
  constructor(t, files) {
    this.path = mkdtempSync(join(tmpdir(), 'slipway-runner-'));
    t.after(() => rmSync(this.path, { recursive: true, force: true }));
    symlinkSync(join(peers, 'node_modules'), join(this.path, 'node_modules'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, name)), { recursive: true });
      writeFileSync(join(this.path, name), text);
    }
  }

  run(args, command, env = {}) {
    const output = join(this.path, 'record.json');
    const ran = spawnSync(join(bin, 'test-run'), [...args, '--output', output, '--', ...command], {
      cwd: this.path,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: this.path, LANG: 'C.UTF-8', ...env },
    });
    return { code: ran.status, log: ran.stdout + ran.stderr, record: JSON.parse(readFileSync(output, 'utf8')) };
  }
}

/** What all of them have to tell; `title` is of the test that fails, `place` where. */
function requireOneOfEach({ code, log, record }, { title, place, message, skipped = 1 }) {
  assert.equal(code, 1, log);
  const { tests } = record.data;
  assert.deepEqual([tests.passed, tests.failed + tests.errors, tests.skipped], [1, 1, skipped], log);
  const [bad] = record.checks.filter((check) => check.id.startsWith('test.'));
  assert.match(bad.title, title);
  assert.match(bad.message, message);
  assert.match(`${bad.where.file}:${bad.where.line}`, place);
}

const javascript = `describe('cart', () => {
  test('adds', () => { expect(1 + 1).toBe(2); });
  test('subtracts', () => {
    expect(1 - 1).toBe(5);
  });
  test.skip('divides', () => {});
});
`;
const failing = { title: /cart › subtracts/, place: /cart\.test\.[cm]?js:4$/, message: /expect|expected/ };

test('vitest, by its JSON and by its JUnit XML', (t) => {
  const folder = new Folder(t, {
    'package.json': '{"type": "module"}',
    'cart.test.js': `import { describe, expect, test } from 'vitest';${javascript}`,
  });
  const vitest = (...args) => [join(peers, 'node_modules/.bin/vitest'), 'run', '--root', '.', ...args];
  requireOneOfEach(folder.run(['--report', 'r.json'], vitest('--reporter=json', '--outputFile=r.json')), failing);
  requireOneOfEach(folder.run(['--report', 'r.xml'], vitest('--reporter=junit', '--outputFile=r.xml')), { ...failing, title: /subtracts/ });
  requireOneOfEach(folder.run(['--report', 'r.tap'], ['sh', '-c', `${vitest('--reporter=tap').join(' ')} > r.tap`]), { ...failing, message: /expected/ });
});

test('vitest: a file that cannot be loaded is an error, not nothing', (t) => {
  const folder = new Folder(t, { 'package.json': '{"type": "module"}', 'broken.test.js': "import './gone.js';\n" });
  const { code, record } = folder.run(['--report', 'r.json'], [join(peers, 'node_modules/.bin/vitest'), 'run', '--root', '.', '--reporter=json', '--outputFile=r.json']);
  assert.equal(code, 1);
  assert.equal(record.data.tests.errors, 1);
  assert.match(record.summary, /broken\.test\.js/);
});

test('jest, by its JSON', (t) => {
  const folder = new Folder(t, { 'package.json': '{"jest": {"testEnvironment": "node"}}', 'cart.test.js': javascript });
  const jest = (...args) => ['node', join(peers, 'node_modules/jest/bin/jest.js'), '--rootDir', '.', ...args];
  requireOneOfEach(folder.run(['--report', 'r.json'], jest('--json', '--outputFile=r.json')), failing);
});

test('jest: what it called again itself is flaky', (t) => {
  const folder = new Folder(t, {
    'package.json': '{"jest": {"testEnvironment": "node"}}',
    'flaky.test.js': "jest.retryTimes(2);\nlet tries = 0;\ntest('now and then', () => { expect(++tries).toBe(2); });\n",
  });
  const { code, log, record } = folder.run(['--report', 'r.json'], ['node', join(peers, 'node_modules/jest/bin/jest.js'), '--rootDir', '.', '--json', '--outputFile=r.json']);
  assert.equal(code, 0, log);
  assert.deepEqual(record.data.flaky, ['now and then']);
});

test('pytest, by its JUnit XML', (t) => {
  const folder = new Folder(t, {
    'test_cart.py': 'import pytest\n\ndef test_adds():\n    assert 1 + 1 == 2\n\ndef test_subtracts():\n    assert 1 - 1 == 5\n\n@pytest.mark.skip\ndef test_divides():\n    pass\n',
  });
  requireOneOfEach(
    folder.run(['--report', 'r.xml'], ['/usr/bin/python3', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '--junitxml=r.xml']),
    { title: /test_subtracts/, place: /test_cart\.py:7$/, message: /assert/ },
  );
});

const go = {
  'go.mod': 'module example.com/shop\n\ngo 1.19\n',
  'cart_test.go': 'package shop\n\nimport "testing"\n\nfunc TestAdds(t *testing.T) {}\n\nfunc TestSubtracts(t *testing.T) {\n\tt.Errorf("got %d", 0)\n}\n\nfunc TestDivides(t *testing.T) { t.Skip("later") }\n',
};
const goTest = ['sh', '-c', 'go test -json ./... > r.json'];
const goEnv = () => ({ GOCACHE: join(tmpdir(), 'slipway-go-cache'), GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' });

test('go test, by its events', (t) => {
  const folder = new Folder(t, go);
  requireOneOfEach(folder.run(['--report', 'r.json'], goTest, goEnv()), { title: /example\.com\/shop › TestSubtracts/, place: /cart_test\.go:8$/, message: /got 0/ });
});

test('go test: a package that does not build is an error', (t) => {
  const folder = new Folder(t, { ...go, 'broken.go': 'package shop\n\nvar x int = "no"\n' });
  const { code, log, record } = folder.run(['--report', 'r.json'], goTest, goEnv());
  assert.equal(code, 1, log);
  assert.equal(record.data.tests.errors, 1, log);
  assert.match(record.summary, /example\.com\/shop › the package itself/);
});

test('ctest, by its JUnit XML', (t) => {
  const folder = new Folder(t, {
    'CMakeLists.txt': 'cmake_minimum_required(VERSION 3.25)\nproject(shop NONE)\nenable_testing()\nadd_test(NAME adds COMMAND true)\nadd_test(NAME subtracts COMMAND sh -c "echo no; exit 1")\nadd_test(NAME divides COMMAND true)\nset_tests_properties(divides PROPERTIES DISABLED TRUE)\n',
  });
  execFileSync('cmake', ['-S', folder.path, '-B', join(folder.path, 'build')], { stdio: 'ignore' });
  const { code, log, record } = folder.run(['--report', 'r.xml'], ['ctest', '--test-dir', 'build', '--output-junit', join(folder.path, 'r.xml')]);
  assert.equal(code, 1, log);
  assert.deepEqual([record.data.tests.passed, record.data.tests.failed, record.data.tests.skipped], [1, 1, 1]);
  assert.match(record.summary, /subtracts/);
});

test("node's runner, by its TAP", (t) => {
  const folder = new Folder(t, {
    'cart.test.mjs': "import assert from 'node:assert';\nimport { describe, test } from 'node:test';\ndescribe('cart', () => {\n  test('adds', () => {});\n  test('subtracts', () => {\n    assert.equal(1 - 1, 5);\n  });\n  test('divides', { skip: true }, () => {});\n});\n",
  });
  requireOneOfEach(
    folder.run(['--report', 'r.tap'], ['node', '--test', '--test-reporter=tap', '--test-reporter-destination=r.tap', 'cart.test.mjs']),
    { title: /cart › subtracts/, place: /cart\.test\.mjs:6$/, message: /strictly equal|0 == 5/i },
  );
});

test('a test that passes when all is run again is flaky, and one that does not stays failed', (t) => {
  const folder = new Folder(t, {
    'package.json': '{"type": "module"}',
    'cart.test.js': "import { existsSync, writeFileSync } from 'node:fs';\nimport { expect, test } from 'vitest';\ntest('now and then', () => { const known = existsSync('once'); writeFileSync('once', ''); expect(known).toBe(true); });\ntest('always', () => {});\n",
  });
  const vitest = [join(peers, 'node_modules/.bin/vitest'), 'run', '--root', '.', '--reporter=json', '--outputFile=r.json'];
  const once = folder.run(['--report', 'r.json'], vitest);
  assert.equal(once.code, 1, once.log);
  rmSync(join(folder.path, 'once'));
  const { code, log, record } = folder.run(['--report', 'r.json', '--retry-failed', '2'], vitest);
  assert.equal(code, 0, log);
  assert.equal(record.data.tries, 2);
  assert.deepEqual(record.data.flaky, ['now and then']);
  assert.equal(record.status, 'warned');
});

test('a test of the baseline that is gone fails the run, across formats', (t) => {
  const folder = new Folder(t, { 'package.json': '{"type": "module"}', 'a.test.js': "import { test } from 'vitest';\ntest('stays', () => {});\ntest('goes', () => {});\n" });
  const vitest = (format, file) => [join(peers, 'node_modules/.bin/vitest'), 'run', '--root', '.', `--reporter=${format}`, `--outputFile=${file}`];
  assert.equal(folder.run(['--report', 'before.json'], vitest('json', 'before.json')).code, 0);
  writeFileSync(join(folder.path, 'a.test.js'), "import { test } from 'vitest';\ntest('stays', () => {});\n");
  const { code, record } = folder.run(['--report', 'r.json', '--baseline', 'before.json'], vitest('json', 'r.json'));
  assert.equal(code, 1);
  assert.deepEqual(record.data.vanished, ['goes']);
});

test('a runner that hangs ends by the deadline, with what it told before', (t) => {
  const folder = new Folder(t, { 'package.json': '{"type": "module"}', 'a.test.js': "import { test } from 'vitest';\ntest('hangs', () => new Promise(() => {}), 600000);\n" });
  const { code, log, record } = folder.run(['--report', 'r.json', '--timeout', '4s'], [join(peers, 'node_modules/.bin/vitest'), 'run', '--root', '.', '--reporter=json', '--outputFile=r.json']);
  assert.equal(code, 5, log);
  assert.equal(record.error.kind, 'timeout');
});
