// GitHub's expressions by GitHub's own lexer, parser and evaluator.
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { Unsupported } from './errors.mjs';

const statusFunctions = ['always', 'cancelled', 'failure', 'success'];

function definitions(functions) {
  return Object.entries(functions).map(([name, call]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(call()),
  }));
}

const toData = (value) => JSON.parse(JSON.stringify(value ?? null), data.reviver);

/**
 * Evaluates an expression (without its braces). `scope.contexts` are the named values that GitHub
 * offers at that place, `scope.functions` its status functions; any other name is refused.
 */
function evaluate(source, scope) {
  const known = definitions(scope.functions ?? {});
  let tree;
  try {
    tree = new Parser(new Lexer(source).lex().tokens, Object.keys(scope.contexts), known).parse();
  } catch (error) {
    throw new Unsupported(`${scope.where}: \${{ ${source} }}: ${error.message}`);
  }
  const functions = new Map(known.map((definition) => [definition.name, definition]));
  return new Evaluator(tree, toData(scope.contexts), functions).evaluate();
}

/** Splits text into literal parts and expressions; a brace inside a quoted string ends nothing. */
function parts(text, where) {
  const found = [];
  let rest = text;
  for (;;) {
    const start = rest.indexOf('${{');
    if (start < 0) return [...found, { literal: rest }];
    const match = /^\$\{\{((?:'(?:[^']|'')*'|[^'])*?)\}\}/.exec(rest.slice(start));
    if (!match) throw new Unsupported(`${where}: an expression is not closed: ${text}`);
    found.push({ literal: rest.slice(0, start) }, { source: match[1].trim() });
    rest = rest.slice(start + match[0].length);
  }
}

/** The text with its expressions replaced, as a string. */
export function interpolate(text, scope) {
  if (typeof text !== 'string') return text === null || text === undefined ? '' : String(text);
  return parts(text, scope.where)
    .map((part) => (part.source === undefined ? part.literal : evaluate(part.source, scope).coerceString()))
    .join('');
}

/** A value that may be one whole expression, with its type (for typed inputs); else its text. */
export function evaluateValue(value, scope) {
  if (typeof value !== 'string') return value;
  const [before, only, after, more] = parts(value, scope.where);
  if (only?.source === undefined || before.literal || after.literal || more) return interpolate(value, scope);
  return JSON.parse(JSON.stringify(evaluate(only.source, scope), data.replacer));
}

function usesStatusFunction(source) {
  const { tokens } = new Lexer(source).lex();
  return tokens.some((token, at) => statusFunctions.includes(token.lexeme?.toLowerCase()) && tokens[at + 1]?.lexeme === '(');
}

/** Whether an `if:` holds. One that asks for no status holds only while all went well. */
export function condition(text, scope) {
  if (text === undefined || text === null) return scope.functions.success();
  let source = String(text).trim();
  const [before, only, after, more] = parts(source, scope.where);
  if (only) {
    if (before.literal || after.literal || more) {
      throw new Unsupported(`${scope.where}: text around an expression makes this condition always true: ${source}`);
    }
    source = only.source;
  }
  const whole = usesStatusFunction(source) ? source : `success() && (${source})`;
  return evaluate(`(${whole}) && true || false`, scope).value;
}
