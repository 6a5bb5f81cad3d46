// The reports, judged by those who read them: browsers, validators of HTML, XML, SARIF and Markdown.
import Ajv from 'ajv-draft-04';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { deployment, hostile, large, poisoned } from '../support/report_records.mjs';
import { close, look } from './browser.mjs';
import { run } from './tools.mjs';

const require = createRequire(import.meta.url);
const formats = 'html,md,summary,junit,sarif,json';
const kinds = ['good', 'failed', 'poison', 'large'];
const markdownlint = fileURLToPath(new URL('node_modules/markdownlint-cli2/markdownlint-cli2-bin.mjs', import.meta.url));
let root;

const records = (kind) => join(root, kind);
const out = (kind, file = '') => join(root, `out-${kind}`, file);
const files = (kind, pattern) => readdirSync(out(kind)).filter((file) => pattern.test(file)).map((file) => out(kind, file));
const text = (path) => readFileSync(path, 'utf8');

/** A judge from outside: its words where it does not approve. */
function judge(command, ...args) {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.ok(!done.error, String(done.error));
  return done.status === 0 ? '' : `${done.stdout}${done.stderr}`.slice(0, 4000) || `exit ${done.status}`;
}

const bin = (name, entry) => [process.execPath, join(dirname(require.resolve(`${name}/package.json`)), entry)];

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'slipway-report-'));
  deployment(records('good'));
  deployment(records('failed'), { failed: true });
  poisoned(records('poison'));
  large(records('large'));
  for (const kind of kinds) {
    const { code, log } = await run('report-render', ['--format', formats, '--mermaid', '--out', out(kind), records(kind)], { folder: root });
    assert.equal(code, 0, log);
  }
});
after(async () => {
  await close();
  rmSync(root, { recursive: true });
});

test('html: html-validate and the validator of the W3C find nothing', () => {
  const config = join(root, '.htmlvalidate.json');
  writeFileSync(config, JSON.stringify({
    root: true, extends: ['html-validate:recommended'],
    // Line length and the like are taste; svg takes role=img where a name is given.
    rules: { 'no-trailing-whitespace': 'off', 'long-title': 'off', 'no-inline-style': 'error' },
  }));
  const jar = join(dirname(require.resolve('vnu-jar/package.json')), 'build/dist/vnu.jar');
  for (const kind of kinds) {
    const page = out(kind, 'report.html');
    assert.equal(judge(...bin('html-validate', 'bin/html-validate.mjs'), '--config', config, page), '', kind);
    assert.equal(judge('java', '-Xss8m', '-jar', jar, '--format', 'gnu', page), '', kind);
    assert.ok(statSync(page).size < 2_000_000, `${kind}: ${statSync(page).size} bytes`);
  }
});

test('the judges of html see a page that is bad', () => {
  const bad = join(root, 'bad.html');
  writeFileSync(bad, '<!DOCTYPE html><html><head></head><body><div id=a></div><p id=a><img src=x></p><svg foo=1></svg></body></html>');
  const jar = join(dirname(require.resolve('vnu-jar/package.json')), 'build/dist/vnu.jar');
  assert.notEqual(judge(...bin('html-validate', 'bin/html-validate.mjs'), bad), '');
  assert.notEqual(judge('java', '-jar', jar, '--format', 'gnu', bad), '');
});

test('html: in a browser nothing runs, nothing is fetched, and axe finds nothing', async () => {
  for (const kind of ['good', 'failed', 'poison']) {
    for (const view of [
      { colorScheme: 'light', width: 1200 }, { colorScheme: 'dark', width: 1200 },
      { colorScheme: 'light', width: 400 }, { colorScheme: 'light', width: 800, media: 'print' },
    ]) {
      const seen = await look(out(kind, 'report.html'), view);
      const what = `${kind} ${JSON.stringify(view)}`;
      assert.deepEqual(seen.violations, [], what);
      assert.ok(seen.checked > 10, `${what}: axe checked ${seen.checked}`);
      assert.deepEqual([seen.dialogs, seen.requests, seen.scripts], [[], [], 0], what);
      assert.ok(seen.width <= view.width, `${what}: ${seen.width} wide`);
    }
  }
  const seen = await look(out('poison', 'report.html'), { judge: false });
  for (const piece of ['<script>alert(1)</script>', 'javascript:alert(document.domain)', '${{ secrets.TOKEN }}', '🚢']) {
    assert.ok(seen.text.includes(piece), piece);
  }
  const whole = await look(out('large', 'report.html'), { judge: false });
  assert.deepEqual([whole.dialogs, whole.requests, whole.scripts], [[], [], 0]);
});

test('the browser sees a page that runs something', async () => {
  const bad = join(root, 'runs.html');
  writeFileSync(bad, `<!DOCTYPE html><title>x</title><p>${hostile}</p><img src="http://127.0.0.1:1/x.png">`);
  const seen = await look(bad);
  assert.ok(seen.dialogs.length > 0 && seen.requests.length > 0 && seen.scripts > 0 && seen.violations.length > 0);
});

test('junit: xmllint and junitparser read it, under 500 cases a file', () => {
  const count = 'import sys, junitparser\nfor f in sys.argv[1:]:\n  x = junitparser.JUnitXml.fromfile(f)\n' +
    '  n = sum(1 for s in x for c in s)\n  assert n == x.tests and 0 < n < 500, (f, n, x.tests)\n' +
    '  assert all(c.time is not None and len(c.name) < 1000 for s in x for c in s)\n' +
    '  print(n)\n';
  for (const kind of kinds) {
    const all = files(kind, /^junit.*\.xml$/);
    assert.equal(judge('xmllint', '--noout', ...all), '', kind);
    const done = spawnSync('/usr/bin/python3', ['-c', count, ...all], { encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
    if (kind === 'large') {
      const cases = done.stdout.trim().split('\n').reduce((sum, one) => sum + Number(one), 0);
      assert.equal(cases, 10_100); // the checks and the end of each step: none is lost
    }
  }
});

test('sarif: valid by its schema', () => {
  const ajv = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false });
  const validate = ajv.compile(JSON.parse(text(require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'))));
  for (const kind of kinds) {
    const sarif = JSON.parse(text(out(kind, 'report.sarif')));
    assert.ok(validate(sarif), `${kind}: ${ajv.errorsText(validate.errors)}`);
    for (const result of sarif.runs[0].results) {
      assert.equal(sarif.runs[0].tool.driver.rules[result.ruleIndex].id, result.ruleId);
    }
  }
  const bad = JSON.parse(text(out('failed', 'report.sarif')));
  bad.runs[0].results[0].level = 'awful';
  assert.ok(!validate(bad));
  const failed = JSON.parse(text(out('failed', 'report.sarif'))).runs[0].results;
  assert.deepEqual(failed[0].locations[0].physicalLocation, {
    artifactLocation: { uri: 'migrations/002_orders.sql', uriBaseId: '%SRCROOT%' }, region: { startLine: 12, startColumn: 8 },
  });
});

test('markdown: cmark-gfm makes no markup of foreign text, markdownlint finds no torn table', () => {
  const config = join(root, '.markdownlint-cli2.jsonc');
  writeFileSync(config, JSON.stringify({ config: { default: false, MD055: true, MD056: true, MD058: true, MD042: true, MD011: true, MD031: true } }));
  for (const kind of kinds) {
    for (const file of ['report.md', 'summary.md']) {
      const path = out(kind, file);
      const lint = spawnSync(process.execPath, [markdownlint, '--config', config, file], { encoding: 'utf8', cwd: out(kind) });
      assert.equal(lint.status, 0, `${kind} ${file}: ${lint.stderr.slice(0, 2000)}`);
      const html = spawnSync('cmark-gfm', ['--unsafe', '-e', 'table', '-e', 'autolink', path], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout;
      assert.ok(!/<(script|img|style|iframe)/i.test(html), kind);
      // GitHub makes a link of any e-mail address; nothing else foreign becomes one.
      assert.ok(!/href="(?!https:\/\/github\.com\/|mailto:)/i.test(html), html.match(/href="[^"]*"/)?.[0]);
    }
    const summary = statSync(out(kind, 'summary.md')).size;
    assert.ok(summary < 1_000_000, `${kind}: ${summary}`);
  }
});

test('markdown: the timeline is one that mermaid reads', async () => {
  const { JSDOM } = await import('jsdom');
  const dom = new JSDOM('');
  Object.assign(globalThis, { window: dom.window, document: dom.window.document });
  const { default: mermaid } = await import('mermaid');
  for (const kind of kinds) {
    const diagram = text(out(kind, 'report.md')).match(/```mermaid\n([\s\S]*?)```/)[1];
    const { diagramType } = await mermaid.parse(diagram);
    assert.equal(diagramType, 'gantt');
  }
  await assert.rejects(mermaid.parse('gantt\n    section x\n    no colon here {'));
});

test('a record that was edited and an artifact that was swapped are seen and named', async () => {
  const folder = records('torn');
  deployment(folder);
  writeFileSync(join(folder, 'shop.tar'), 'another archive\n');
  const backup = join(folder, 'db-backup.json');
  writeFileSync(backup, text(backup).replace('did what it should', 'did what it should not'));
  const { code, record } = await run('report-render', ['--strict', '--format', 'html,md', '--out', out('torn'), folder], { folder: root });
  assert.equal(code, 1);
  const named = record.checks.filter((one) => one.status === 'failed').map((one) => one.title).join('\n');
  assert.match(named, /shop\.tar of db-backup create is altered/);
  assert.match(named, /db-backup\.json of migrate-apply apply is/);
  const seen = await look(out('torn', 'report.html'));
  assert.deepEqual(seen.violations, []);
  assert.match(seen.text, /Broken/);
  const lenient = await run('report-render', ['--format', 'md', '--out', out('torn'), folder], { folder: root });
  assert.equal(lenient.code, 0);
});
