// What all suites share: one cluster with a seeded and a migrated database to copy.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { startCluster } from './cluster.mjs';
import { ROOT } from './service.mjs';

export const KNOWN_TASK = '550e8400-e29b-41d4-a716-446655440000';
export const PRISMA = join(ROOT, 'prisma/migrations');
export const NUMBERED = join(ROOT, 'migrations');
export const BASE = join(ROOT, 'db/base.sql');
export const SEED = join(ROOT, 'db/seed.sql');

export let cluster;

export async function makeDatabase(name, template) {
  await cluster.query('postgres', `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return cluster.url(name);
}

export function pendingFiles() {
  const folders = readdirSync(PRISMA).filter(
    (name) => /^\d{14}_/.test(name) && !name.startsWith('0'),
  );
  const files = readdirSync(NUMBERED).filter((name) => !name.endsWith('.down.sql'));
  return [
    ...folders.sort().map((name) => join(PRISMA, name, 'migration.sql')),
    ...files.sort().map((name) => join(NUMBERED, name)),
  ];
}

before(async () => {
  cluster = await startCluster();
  await cluster.query('postgres', 'CREATE DATABASE seeded');
  await cluster.load('seeded', BASE, SEED);
  await cluster.query('postgres', 'CREATE DATABASE migrated TEMPLATE seeded');
  await cluster.load('migrated', ...pendingFiles());
});

after(() => cluster?.remove());
