// health-check --nagios before the real consumers of monitoring plugins: Icinga 2, which runs it as
// a service's check; Monitoring::Plugin of Perl, which reads the numbers; and `negate` of the
// Monitoring Plugins, which turns the codes round.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const tool = join(process.env.BIN, 'health-check');
const root = process.getuid() === 0;
const unprivileged = { user: 'nobody', group: 'nogroup', uid: 65534, gid: 65534 };
let folder;
let server;
let port;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-nagios-'));
  if (root) chownSync(folder, unprivileged.uid, unprivileged.gid);
  server = createServer((request, answer) => {
    const bodies = {
      '/good': [200, '{"status": "UP", "components": {"db": {"status": "UP"}}}'],
      '/warn': [200, '{"status": "pass", "checks": {"queue": [{"status": "warn", "output": "a|b"}]}}'],
      '/bad': [503, '{"status": "fail", "checks": {"db": [{"status": "fail"}]}}'],
    };
    const [status, body] = bodies[request.url] ?? [404, '{}'];
    answer.writeHead(status, { 'content-type': 'application/health+json' }).end(body);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  port = server.address().port;
});

after(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const services = () => ({
  good: { arguments: [`http://127.0.0.1:${port}/good`, 'disk:/', '--min-free', '1kB'], code: 0, state: 'OK' },
  warn: { arguments: [`http://127.0.0.1:${port}/warn`], code: 1, state: 'WARNING' },
  bad: { arguments: [`http://127.0.0.1:${port}/bad`], code: 2, state: 'CRITICAL' },
  nobody: { arguments: ['tcp:127.0.0.1:1'], code: 2, state: 'CRITICAL' },
  misspelt: { arguments: ['--no-such-option'], code: 3, state: 'UNKNOWN' },
  nothing: { arguments: [], code: 3, state: 'UNKNOWN' },
});

/** Runs the plugin without blocking the server in this process. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { PATH: process.env.PATH, SLIPWAY_DIR: join(folder, 'own') }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => { output += text; });
    child.on('error', reject).on('close', (code) => resolve({ code, output }));
  });
}

test('codes, first lines and numbers are as the guidelines want them', async () => {
  for (const [name, { arguments: args, code, state }] of Object.entries(services())) {
    const plugin = await run(tool, [...args, '--nagios']);
    assert.equal(plugin.code, code, `${name}: ${plugin.output}`);
    const [first] = plugin.output.split('\n');
    assert.match(first, new RegExp(`^HEALTH ${state} - [^|]+( \\| .*)?$`), name);
    const [text, numbers = ''] = first.split(' | ');
    assert.ok(text.length > 15, name);
    assert.equal(first.split('|').length, numbers ? 2 : 1, 'one bar, before the numbers');
    const perl = spawnSync('perl', ['-MMonitoring::Plugin::Performance', '-e',
      'for (Monitoring::Plugin::Performance->parse_perfstring($ARGV[0])) '
        + '{ print join("\\t", $_->label, $_->value, $_->uom, $_->min), "\\n" }', numbers], { encoding: 'utf8' });
    assert.equal(perl.status, 0, perl.stderr);
    const read = perl.stdout.trim().split('\n').filter(Boolean).map((line) => line.split('\t'));
    assert.equal(read.length, numbers ? numbers.match(/'[^']+'=/g).length : 0, numbers);
    for (const [, value, unit] of read) {
      assert.ok(Number(value) >= 0, numbers);
      assert.ok(['ms', 'B', ''].includes(unit), numbers);
    }
    if (name === 'good') assert.deepEqual(read.map(([label]) => label).sort(), ['disk', 'disk disk.free', 'http']);
  }
});

test('negate turns its codes round', async () => {
  const negate = '/usr/lib/nagios/plugins/negate';
  const { bad } = services();
  const turned = await run(negate, ['-s', '--', tool, ...bad.arguments, '--nagios']);
  assert.equal(turned.code, 0, turned.output);
  assert.match(turned.output, /^HEALTH OK - /);
});

test('Icinga 2 runs it and takes its states, lines and numbers', async () => {
  for (const name of ['cache', 'data', 'log', 'run', 'spool', 'perf', 'records']) {
    mkdirSync(join(folder, name), { recursive: true });
    if (root) chownSync(join(folder, name), unprivileged.uid, unprivileged.gid);
  }
  const quoted = (text) => JSON.stringify(text);
  const objects = Object.entries(services()).map(([name, { arguments: args }]) => `
object CheckCommand ${quoted(name)} {
  command = [ ${[tool, ...args, '--nagios'].map(quoted).join(', ')} ]
  env.SLIPWAY_DIR = ${quoted(join(folder, 'records', name))}
}
object Service ${quoted(name)} {
  host_name = "shop"
  check_command = ${quoted(name)}
  check_interval = 1s
  retry_interval = 1s
  max_check_attempts = 1
}`);
  const configuration = join(folder, 'icinga2.conf');
  writeFileSync(configuration, `const NodeName = "localhost"
object CheckerComponent "checker" { }
object PerfdataWriter "perfdata" {
  service_perfdata_path = ${quoted(join(folder, 'perf', 'service'))}
  service_temp_path = ${quoted(join(folder, 'perf', 'service.tmp'))}
  host_perfdata_path = ${quoted(join(folder, 'perf', 'host'))}
  host_temp_path = ${quoted(join(folder, 'perf', 'host.tmp'))}
  rotation_interval = 1s
  service_format_template = "@@$service.name$\\t$service.state$\\t$service.output$\\t$service.perfdata$"
}
object CheckCommand "alive" { command = [ "/bin/true" ] }
object Host "shop" { check_command = "alive" }
${objects.join('\n')}
`);
  const user = root ? unprivileged.user : process.env.USER ?? String(process.getuid());
  const group = root ? unprivileged.group : user;
  const folders = ['Cache', 'Data', 'Log', 'Spool'].map((name) => `-D${name}Dir=${join(folder, name.toLowerCase())}`);
  const icinga = spawn('icinga2', ['daemon', '-c', configuration, ...folders, `-DConfigDir=${folder}`,
    `-DInitRunDir=${join(folder, 'run')}`, `-DRunAsUser=${user}`, `-DRunAsGroup=${group}`], {
    stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...(root ? { uid: unprivileged.uid, gid: unprivileged.gid } : {}),
    env: { PATH: process.env.PATH, HOME: folder } });
  let log = '';
  icinga.stdout.on('data', (text) => { log += text; });
  icinga.stderr.on('data', (text) => { log += text; });
  const perf = join(folder, 'perf');
  const seen = () => new Map(readdirSync(perf).filter((name) => existsSync(join(perf, name)))
    // Icinga's output has the further lines in it, too.
    .flatMap((name) => readFileSync(join(perf, name), 'utf8').split('@@')).filter((text) => text.endsWith('\n'))
    .map((text) => text.trimEnd().split('\t')).map(([name, ...rest]) => [name, rest]));
  try {
    const missing = () => Object.keys(services()).some((name) => !seen().has(name));
    for (let left = 600; left > 0 && missing() && icinga.exitCode === null; left -= 1) {
      await new Promise((resolve) => { setTimeout(resolve, 200); });
    }
    const checks = seen();
    for (const [name, { state }] of Object.entries(services())) {
      const [found, output, numbers] = checks.get(name) ?? [];
      assert.equal(found, state, `${name}: ${output}\n${log}`);
      assert.match(output, new RegExp(`^HEALTH ${state} - `), name);
      assert.match(output, /\n(OK|WARNING|CRITICAL|UNKNOWN) |^HEALTH UNKNOWN/, name);
      assert.ok(!output.includes('|') && !output.includes("'="), `${name}: numbers in the text: ${output}`);
      if (!['misspelt', 'nothing'].includes(name)) assert.match(numbers ?? "", /=[0-9.]+ms;;;0/, `${name}: ${output} ${numbers}`);
    }
  } finally {
    // While it starts, Icinga hears no other signal; nothing of it is worth an orderly end.
    process.kill(-icinga.pid, 'SIGKILL');
    icinga.stdout.destroy();
    icinga.stderr.destroy();
  }
});
