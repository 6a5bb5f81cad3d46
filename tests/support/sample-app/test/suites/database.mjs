// The schema, the seed and the migration files by themselves.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '../service.mjs';
import { BASE, NUMBERED, PRISMA, SEED, cluster } from '../world.mjs';

describe('the database', () => {
  it('is the init migration, with the checksum that Prisma keeps', async () => {
    const init = readFileSync(join(PRISMA, '00000000000000_init/migration.sql'));
    assert.deepEqual(readFileSync(BASE), init);
    const row = await cluster.query(
      'seeded',
      `SELECT migration_name, checksum, applied_steps_count FROM _prisma_migrations`,
    );
    assert.equal(row, `00000000000000_init|${createHash('sha256').update(init).digest('hex')}|1`);
  });

  it('has the same rows every time', async () => {
    await cluster.query('postgres', 'CREATE DATABASE again');
    await cluster.load('again', BASE, SEED);
    const digest = (table) =>
      `SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text COLLATE "C")) FROM ${table} t`;
    for (const [table, count] of [
      ['users', 5000],
      ['profiles', 5000],
      ['tasks', 2000],
      ['audit_log', 3000],
    ]) {
      const [first, second] = await Promise.all([
        cluster.query('seeded', digest(table)),
        cluster.query('again', digest(table)),
      ]);
      assert.equal(first, second, table);
      assert.equal(first.split('|')[0], String(count));
    }
  });

  it('has legacy links of every JSON type, and none', async () => {
    const types = await cluster.query(
      'seeded',
      `SELECT DISTINCT coalesce(jsonb_typeof("socialLinks"), 'SQL NULL') FROM profiles ORDER BY 1`,
    );
    assert.deepEqual(types.split('\n'), [
      'SQL NULL',
      'array',
      'boolean',
      'null',
      'number',
      'object',
      'string',
    ]);
  });

  it('has tasks in all statuses', async () => {
    assert.equal(
      await cluster.query(
        'seeded',
        'SELECT count(DISTINCT status) = cardinality(enum_range(NULL::"TaskStatus")) FROM tasks',
      ),
      't',
    );
  });

  it('is as before after the down scripts', async () => {
    await cluster.query('postgres', 'CREATE DATABASE undone TEMPLATE migrated');
    const down = readdirSync(NUMBERED)
      .filter((name) => name.endsWith('.down.sql'))
      .sort()
      .reverse();
    await cluster.load('undone', ...down.map((name) => join(NUMBERED, name)));
    assert.equal(
      await cluster.query(
        'undone',
        `SELECT to_regclass('task_status_history') IS NULL AND to_regproc('record_task_status_change') IS NULL`,
      ),
      't',
    );
  });

  it('refuses the fourth statement of the broken migration', async () => {
    await cluster.query('postgres', 'CREATE DATABASE broken TEMPLATE migrated');
    await assert.rejects(
      cluster.load('broken', join(ROOT, 'migrations-broken/003_break_half_way.sql')),
      /tasks_title_length.*is violated by some row/,
    );
    assert.equal(
      await cluster.query('broken', `SELECT to_regclass('"tasks_dueAt_idx"') IS NOT NULL`),
      't',
    );
  });
});
