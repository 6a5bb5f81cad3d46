// Records as a test reads them: every one is held to the published schemas.
import Ajv from 'ajv';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './site.mjs';

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const schemas = new Map();

function violations(name, value) {
  const file = join(root, 'docs/schema', `${name}.json`);
  if (!existsSync(file)) return [];
  if (!schemas.has(name)) schemas.set(name, ajv.compile(JSON.parse(readFileSync(file, 'utf8'))));
  const validate = schemas.get(name);
  return validate(value) ? [] : validate.errors.map((error) => `${name}${error.instancePath}: ${error.message}`);
}

/** Throws where the record breaks the schema of the envelope or of its tool. */
export function requireValid(record, path) {
  const faults = [...violations('record-1', record), ...violations(`${record.tool}-1`, record.data)];
  if (faults.length) throw new Error(`${path} is no valid record: ${faults.join('; ')}`);
  return record;
}

/** All records below a folder, by file name without .json. */
export function recordsBelow(folder) {
  const records = {};
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.json')) continue;
    const path = join(entry.path, entry.name);
    const value = JSON.parse(readFileSync(path, 'utf8'));
    if (value.schema === 'slipway/record/1') records[entry.name.replace('.json', '')] = requireValid(value, path);
  }
  return records;
}

/** The names of those that are no success. */
export const bad = (records) => Object.keys(records).filter((name) => !['passed', 'warned'].includes(records[name].status));
