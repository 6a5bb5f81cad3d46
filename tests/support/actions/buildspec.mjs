// Runs a buildspec of version 0.2 as CodeBuild does: the commands of a phase in one shell, of which
// the exported variables and the folder live on; a command that fails ends its phase, `finally`
// runs in any case; after a failed build phase comes post_build, after an earlier one none.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { onlyKeys, Unsupported } from './errors.mjs';
import { run } from './process.mjs';

const phases = ['install', 'pre_build', 'build', 'post_build'];
const formats = ['JUNITXML', 'CUCUMBERJSON', 'NUNITXML', 'NUNIT3XML', 'TESTNGXML', 'VISUALSTUDIOTRX'];

/** Throws what CodeBuild would refuse, and what this runner does not know. */
export function check(spec, file) {
  onlyKeys(spec, ['version', 'env', 'phases', 'reports', 'artifacts'], file);
  if (String(spec.version) !== '0.2') throw new Unsupported(`${file}: version ${spec.version} is not known to this runner`);
  onlyKeys(spec.env, ['shell', 'variables', 'parameter-store', 'secrets-manager', 'exported-variables'], `${file} env`);
  if (spec.env?.shell !== 'bash') throw new Unsupported(`${file}: shell ${spec.env?.shell ?? 'sh'} is not known to this runner`);
  onlyKeys(spec.phases, phases, `${file} phases`);
  for (const [name, phase] of Object.entries(spec.phases)) {
    onlyKeys(phase, ['commands', 'finally', 'on-failure'], `${file} ${name}`);
    if (!['ABORT', 'CONTINUE', undefined].includes(phase['on-failure']))
      throw new Unsupported(`${file} ${name}: on-failure ${phase['on-failure']}`);
    for (const command of [...(phase.commands ?? []), ...(phase.finally ?? [])]) {
      // An unquoted "a: b" in YAML is a mapping, which CodeBuild refuses.
      if (typeof command !== 'string') throw new Unsupported(`${file} ${name}: ${JSON.stringify(command)} is no command`);
    }
  }
  for (const [name, report] of Object.entries(spec.reports ?? {})) {
    onlyKeys(report, ['files', 'file-format', 'base-directory', 'discard-paths'], `${file} reports ${name}`);
    if (!formats.includes(report['file-format'] ?? 'JUNITXML'))
      throw new Unsupported(`${file} reports ${name}: ${report['file-format']}`);
  }
  onlyKeys(spec.artifacts, ['files', 'name', 'base-directory', 'discard-paths'], `${file} artifacts`);
}

function environmentOf(spec, { file, parameters = {}, secrets = {}, variables = {} }) {
  const env = { ...spec.env.variables };
  for (const [kind, source] of [
    ['parameter-store', parameters],
    ['secrets-manager', secrets],
  ]) {
    for (const [name, key] of Object.entries(spec.env[kind] ?? {})) {
      if (source[key] === undefined) throw new Unsupported(`${file}: ${kind} has no ${key}`);
      env[name] = source[key];
    }
  }
  return { ...env, ...variables };
}

/** One shell for these commands; leaves the exported variables and the folder in `state`. */
async function shell(commands, build) {
  const { temp, log, machine } = build;
  // The state of earlier phases comes first; then what CodeBuild itself says.
  const script = ['set +e', `[[ ! -e ${temp}/state ]] || . ${temp}/state`, `cd "$(cat ${temp}/folder)"`];
  script.push(`export CODEBUILD_BUILD_SUCCEEDING=${build.succeeding ? 1 : 0}`);
  script.push(`trap 'code=$?; export -p >${temp}/state; pwd >${temp}/folder; exit $code' EXIT`);
  for (const command of commands) {
    const file = join(temp, `command-${(build.count += 1)}.sh`);
    writeFileSync(file, `${command}\n`);
    script.push(`. ${file}`, 'code=$?', '((code == 0)) || exit $code');
  }
  const file = join(temp, `phase-${build.count}.sh`);
  writeFileSync(file, `${script.join('\n')}\n`);
  const env = { ...machine, ...build.env };
  const { code } = await run(['bash', '-c', `. ${file}`], { cwd: build.folder, env, onLine: (line) => log.push(line) });
  return code === 0;
}

async function runPhase(name, phase, build) {
  build.log.push(`Entering phase ${name.toUpperCase()}`);
  let ok = await shell(phase.commands ?? [], build);
  if (!ok) build.succeeding = false;
  if (phase.finally && !(await shell(phase.finally, build))) ok = false;
  if (!ok) build.succeeding = false;
  build.phases[name] = ok ? 'SUCCEEDED' : 'FAILED';
  build.log.push(`Phase complete: ${name.toUpperCase()} State: ${build.phases[name]}`);
  return ok;
}

function collect(spec, build) {
  const { files = [], 'base-directory': base = '.' } = spec.artifacts ?? {};
  const target = join(build.place, 'artifacts');
  for (const pattern of files) {
    const folder = /^(.*)\/\*\*\/\*$/.exec(pattern)?.[1];
    const source = resolve(build.folder, base, folder ?? pattern);
    if (!existsSync(source)) continue;
    if (/[*?[]/.test(folder ?? pattern)) throw new Unsupported(`artifacts: ${pattern} is not known to this runner`);
    const copy = join(target, folder ?? pattern);
    mkdirSync(dirname(copy), { recursive: true });
    if (!folder && statSync(source).isDirectory()) throw new Unsupported(`artifacts: ${pattern} is a folder`);
    cpSync(source, copy, { recursive: true });
  }
  return target;
}

function reportsOf(spec, build) {
  const told = {};
  for (const [name, report] of Object.entries(spec.reports ?? {})) {
    const paths = report.files.map((file) => resolve(build.folder, report['base-directory'] ?? '.', file));
    if (paths.some((path) => /[*?[]/.test(path))) throw new Unsupported(`reports ${name}: patterns are not known to this runner`);
    told[name] = paths.filter(existsSync).map((path) => readFileSync(path, 'utf8'));
  }
  return told;
}

/**
 * Runs a buildspec in `folder` (the source, changed by the build).
 *
 * file       the buildspec            place      a folder for temporary files and artifacts
 * variables  of the project or the start of the build; they win over those of the buildspec
 * parameters, secrets   what parameter-store and secrets-manager hold
 * machine    the environment of the container
 */
export async function runBuildspec(options) {
  const spec = parse(readFileSync(options.file, 'utf8'));
  check(spec, options.file);
  const temp = join(options.place, 'codebuild');
  rmSync(temp, { recursive: true, force: true });
  mkdirSync(temp, { recursive: true });
  writeFileSync(join(temp, 'folder'), `${options.folder}\n`);
  const build = { ...options, temp, log: [], count: 0, succeeding: true, phases: {} };
  build.env = { CODEBUILD_SRC_DIR: options.folder, ...environmentOf(spec, options) };
  for (const name of phases) {
    const phase = spec.phases[name];
    if (!phase) continue;
    const ok = await runPhase(name, phase, build);
    const goesOn = phase['on-failure'] === 'CONTINUE' || (name === 'build' && phase['on-failure'] !== 'ABORT');
    if (!ok && !goesOn) break;
  }
  return {
    result: build.succeeding ? 'SUCCEEDED' : 'FAILED',
    phases: build.phases,
    log: build.log.join('\n'),
    artifacts: collect(spec, build),
    reports: reportsOf(spec, build),
    exported: exportedOf(spec, temp),
  };
}

function exportedOf(spec, temp) {
  const state = existsSync(join(temp, 'state')) ? readFileSync(join(temp, 'state'), 'utf8') : '';
  const names = spec.env?.['exported-variables'] ?? [];
  const value = (name) => new RegExp(`^declare -x ${name}="((?:[^"\\\\]|\\\\.)*)"$`, 'ms').exec(state)?.[1] ?? '';
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}
