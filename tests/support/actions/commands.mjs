// What a step says to the runner: workflow commands on its output (Runner.Common/ActionCommand.cs,
// Runner.Worker/ActionCommandManager.cs) and the files it appends to (FileCommandManager.cs).
import { StepFailure } from './errors.mjs';

const levels = ['error', 'warning', 'notice'];
const harmless = ['debug', 'group', 'endgroup', 'echo', 'add-matcher', 'remove-matcher'];
const disabled = ['set-env', 'add-path', 'set-output', 'save-state'];

const unescapeData = (text) => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
const unescapeProperty = (text) => unescapeData(text.replaceAll('%3A', ':').replaceAll('%2C', ','));

/** { name, properties, data } of a line such as `::error file=a.sql,line=3::text`; null of another. */
export function parseCommand(line) {
  const text = line.trimStart();
  const match = /^::([^:\s]+)(?: ((?:(?!::).)*))?::(.*)$/s.exec(text);
  if (!match) return null;
  const properties = {};
  for (const pair of (match[2] ?? '').trim().split(',').filter(Boolean)) {
    const at = pair.indexOf('=');
    if (at > 0 && at < pair.length - 1) properties[pair.slice(0, at).trim()] = unescapeProperty(pair.slice(at + 1));
  }
  return { name: match[1].toLowerCase(), properties, data: unescapeData(match[3]) };
}

/** The pairs of a GITHUB_OUTPUT or GITHUB_ENV file, in their order; the runner's own messages. */
export function parsePairs(text) {
  const pairs = [];
  let index = 0;
  let ended = true;
  const next = () => {
    if (index >= text.length) return null;
    const end = text.indexOf('\n', index);
    const line = end < 0 ? text.slice(index) : text.slice(index, end);
    ended = end >= 0;
    index = end < 0 ? text.length : end + 1;
    return line;
  };
  for (let line = next(); line !== null; line = next()) {
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      pairs.push([line.slice(0, equals), line.slice(equals + 1)]);
    } else if (heredoc >= 0) {
      const name = line.slice(0, heredoc);
      const delimiter = line.slice(heredoc + 2);
      if (!name || !delimiter) {
        throw new StepFailure(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
      }
      const lines = [];
      for (let value = next(); value !== delimiter; value = next()) {
        if (value === null) throw new StepFailure(`Invalid value. Matching delimiter not found '${delimiter}'`);
        if (!ended) throw new StepFailure('Invalid value. EOF marker missing new line.');
        lines.push(value);
      }
      pairs.push([name, lines.join('\n')]);
    } else {
      throw new StepFailure(`Invalid format '${line}'`);
    }
  }
  return pairs;
}

/** The log of a job: hides what is masked, keeps annotations apart. */
export class Console {
  lines = [];
  annotations = [];
  #masks = new Set();
  #stopToken = null;

  mask(value) {
    for (const line of String(value).split(/\r?\n/)) {
      if (line.trim()) this.#masks.add(line);
    }
  }

  hide(text) {
    // The longest first, so that no part of a longer secret stays.
    const masks = [...this.#masks].sort((a, b) => b.length - a.length);
    return masks.reduce((hidden, mask) => hidden.replaceAll(mask, '***'), text);
  }

  hides(text) {
    return this.hide(text) !== text;
  }

  say(line) {
    this.lines.push(this.hide(line));
  }

  annotate(level, message, properties, step) {
    const shown = this.annotations.filter((other) => other.step === step && other.level === level).length < 10;
    this.annotations.push({ level, message: this.hide(message).slice(0, 4096), ...properties, step, shown });
    this.say(`##[${level}]${message}`);
  }

  /** One line of a step's output; returns a complaint where the command is refused. */
  line(text, step) {
    const command = parseCommand(text);
    if (this.#stopToken !== null) {
      if (command?.name === this.#stopToken) this.#stopToken = null;
      else this.say(text);
      return null;
    }
    if (command === null) this.say(text);
    else if (command.name === 'stop-commands') this.#stopToken = command.data.toLowerCase();
    else if (levels.includes(command.name)) this.annotate(command.name, command.data, command.properties, step);
    else if (command.name === 'add-mask') {
      if (!command.data.trim()) return "Can't add secret mask for empty string in ##[add-mask] command.";
      this.mask(command.data);
    } else if (harmless.includes(command.name)) this.say(text);
    else if (disabled.includes(command.name)) return `The ${command.name} command is disabled.`;
    else this.say(text);
    return null;
  }
}
