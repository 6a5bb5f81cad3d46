// Request bodies: one rule a field; every wrong field is named in one answer.
import { ApiError } from './errors.mjs';

const CONTROL = /[\u0000-\u001f\u007f]/;
const CONTROL_BUT_LINES = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const URL_BYTES = 2048;

const ok = (value) => ({ value });
const wrong = (error) => ({ error });

// Counted as PostgreSQL counts: code points.
const length = (text) => [...text].length;

export function text({ min = 0, max, lines = false }) {
  const unwanted = lines ? CONTROL_BUT_LINES : CONTROL;
  return (value) => {
    if (typeof value !== 'string') return wrong('must be text');
    if (unwanted.test(value)) return wrong('must not hold control characters');
    const trimmed = value.trim();
    if (length(trimmed) < min)
      return wrong(min === 1 ? 'must not be empty' : `must have at least ${min} characters`);
    if (length(trimmed) > max) return wrong(`must have at most ${max} characters`);
    return ok(trimmed);
  };
}

export const nullable = (rule) => (value) => (value === null ? ok(null) : rule(value));

export const oneOf = (choices) => (value) =>
  choices.includes(value) ? ok(value) : wrong(`must be one of ${choices.join(', ')}`);

export function integer({ min, max }) {
  return (value) =>
    Number.isInteger(value) && value >= min && value <= max
      ? ok(value)
      : wrong(`must be a whole number from ${min} to ${max}`);
}

export function email(value) {
  if (typeof value !== 'string' || value.length > 254) return wrong('must be an e-mail address');
  const address = value.trim().toLowerCase();
  return /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(address) && !CONTROL.test(address)
    ? ok(address)
    : wrong('must be an e-mail address');
}

/// Kept as it was sent: a password is not trimmed.
export function password(value) {
  if (typeof value !== 'string' || length(value) < 10)
    return wrong('must have at least 10 characters');
  return length(value) <= 200 ? ok(value) : wrong('must have at most 200 characters');
}

/// What a login sends may be any text; whether it is right is another matter.
export const secret = (value) => (typeof value === 'string' ? ok(value) : wrong('must be text'));

function parsedUrl(address) {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}

export function webUrl(value) {
  const address = typeof value === 'string' ? value.trim() : '';
  // The parser drops tabs and line ends, and takes https:x for https://x.
  const url = /^https?:\/\/[^\s\u0000-\u001f\u007f]+$/i.test(address) ? parsedUrl(address) : null;
  if (!url) return wrong('must be an http or https address');
  if (url.username || url.password) return wrong('must not hold a user name or password');
  return Buffer.byteLength(address) <= URL_BYTES
    ? ok(address)
    : wrong(`must have at most ${URL_BYTES} bytes`);
}

/// The fields of `body` by `rules`; those in `required` must be there, others may be left out.
export function validated(body, rules, required = []) {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new ApiError(400, 'invalid_body', 'the body must be a JSON object');
  }
  const values = {};
  const fields = {};
  for (const name of required) if (body[name] === undefined) fields[name] = 'is required';
  for (const [name, sent] of Object.entries(body)) {
    const { value, error } = Object.hasOwn(rules, name)
      ? rules[name](sent)
      : wrong('is not a known field');
    if (error) fields[name] = error;
    else values[name] = value;
  }
  if (Object.keys(fields).length > 0) {
    throw new ApiError(422, 'validation_failed', `${Object.keys(fields).join(', ')}: see fields`, {
      fields,
    });
  }
  return values;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const isUuid = (value) => UUID.test(value);
