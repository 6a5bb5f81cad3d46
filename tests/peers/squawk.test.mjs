// migrate-apply lint beside the real squawk: for every statement of the corpus both say the same of
// the rule that it is about, or the case says why not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const squawk = fileURLToPath(new URL('node_modules/@squawk-cli/linux-x64/bin/squawk', import.meta.url));
const tool = join(process.env.BIN, 'migrate-apply');
const long = 'n'.repeat(64);

// rule: [statements]; a statement may be [sql, {theirs, ours, why}] where the two differ.
const corpus = {
  'adding-field-with-default': [
    'alter table t add column c uuid default gen_random_uuid()',
    'alter table t add column c int default 1',
    "alter table t add column c text default 'a' || 'b'",
    'alter table t add column c timestamptz default now()',
    'alter table t add column c timestamptz default current_timestamp',
    'alter table t add column c int default my_function()',
    'alter table t add column c int generated always as (a * 2) stored',
    ["alter table t add column c text default lower('A')", { theirs: true, ours: false, why: 'lower() is immutable' }],
    ["alter table t add column c text default random()::text", {}],
  ],
  'adding-foreign-key-constraint': [
    'alter table t add constraint k foreign key (a) references o (id)',
    'alter table t add constraint k foreign key (a) references o (id) not valid',
    'alter table t add column c int references o (id)',
  ],
  'adding-not-nullable-field': [
    'alter table t alter column c set not null',
    'alter table t alter column c drop not null',
    'alter table t add constraint k check (c is not null) not valid; alter table t validate constraint k; alter table t alter column c set not null',
    'alter table t add constraint k check (d is not null) not valid; alter table t validate constraint k; alter table t alter column c set not null',
    'alter table t validate constraint k; alter table t alter column c set not null',
  ],
  'adding-required-field': [
    'alter table t add column c int not null',
    'alter table t add column c int not null default 1',
    'alter table t add column c int',
    ['alter table t add column c serial not null', { theirs: true, ours: false, why: 'a serial has a default' }],
  ],
  'adding-serial-primary-key-field': [
    'alter table t add primary key (a)',
    'alter table t add column c serial primary key',
    'alter table t add constraint k primary key using index i',
  ],
  'ban-alter-domain-with-add-constraint': [
    'alter domain d add constraint k check (value > 0)',
    'alter domain d drop constraint k',
    ['alter domain d add constraint k check (value > 0) not valid', { theirs: true, ours: false, why: 'NOT VALID reads nothing' }],
    ['alter domain d set not null', { theirs: false, ours: true, why: 'it reads all tables just the same' }],
  ],
  'ban-char-field': [
    'create table t (a char(3))',
    'create table t (a character(3))',
    'create table t (a char(3)[])',
    'alter table t add column c bpchar',
    'create table t (a varchar(3), b text)',
  ],
  'ban-concurrent-index-creation-in-transaction': [
    'begin; create index concurrently i on t (a); commit',
    'create index concurrently i on t (a)',
    ['begin; drop index concurrently i; commit', { theirs: false, ours: true, why: 'the server refuses it likewise' }],
  ],
  'ban-create-domain-with-constraint': [
    'create domain d as int check (value > 0)',
    'create domain d as int not null',
    'create domain d as int',
  ],
  'ban-drop-column': ['alter table t drop column c', 'alter table t add column c int'],
  'ban-drop-database': ['drop database d', 'drop database if exists d', 'drop schema s'],
  'ban-drop-not-null': ['alter table t alter column c drop not null', 'alter table t alter column c drop default'],
  'ban-drop-table': ['drop table t', 'drop table if exists a, b', 'drop view v', ['drop schema s cascade', { theirs: false, ours: true, why: 'its tables are gone' }]],
  'ban-duplicate-column-assignments': [
    'update t set a = 1, a = 2 where b',
    'update t set a[1] = 1, a[2] = 2 where b',
    'insert into t (a, a) values (1, 2)',
    'create table t (a int, a text)',
    'create table t (a int, b text)',
    ['create view v as select 1 as a, 2 as a', { theirs: true, ours: false, why: 'target lists of views are not looked at' }],
  ],
  'ban-truncate-cascade': ['truncate t cascade', 'truncate t'],
  'ban-uncommitted-transaction': ['begin; select 1', 'begin; select 1; commit', 'begin; select 1; rollback'],
  'changing-column-type': ['alter table t alter column c type bigint', 'alter table t alter column c set default 1'],
  'constraint-missing-not-valid': [
    'alter table t add constraint k check (a > 0)',
    'alter table t add constraint k check (a > 0) not valid',
    'begin; create table t (a int); alter table t add constraint k check (a > 0); commit',
    'begin; alter table t add constraint k check (a > 0) not valid; alter table t validate constraint k; commit',
    ['alter table t add constraint k check (a > 0) not valid; alter table t validate constraint k', { theirs: false, ours: true, why: 'migrate-apply makes one transaction of the file; squawk says so with --assume-in-transaction' }],
    ['alter table t add constraint k foreign key (a) references o (id)', { theirs: true, ours: false, why: 'adding-foreign-key-constraint says it' }],
    ['alter table t add constraint k unique (a)', { theirs: true, ours: false, why: 'disallowed-unique-constraint says it; there is no NOT VALID for it' }],
    ['alter table t add constraint k exclude using gist (a with &&)', { theirs: true, ours: false, why: 'adding-exclusion-constraint says it; there is no NOT VALID for it' }],
    ['alter table t add column c int check (c > 0)', { theirs: false, ours: true, why: 'the server reads the table for it likewise' }],
  ],
  'disallowed-unique-constraint': [
    'alter table t add constraint k unique (a)',
    'alter table t add constraint k unique using index i',
    'alter table t add column c int unique',
    'begin; create table t (a int); alter table t add constraint k unique (a); commit',
  ],
  'identifier-too-long': [`create table ${long} (a int)`, `create table ${long.slice(1)} (a int)`, `select 1 as "${long}"`],
  'prefer-bigint-over-int': ['create table t (a int)', 'create table t (a integer[])', 'create table t (a serial)', 'create table t (a bigint)', 'alter table t alter column c type int4'],
  'prefer-bigint-over-smallint': ['create table t (a smallint)', 'create table t (a smallserial)', 'create table t (a int)'],
  'prefer-identity': ['create table t (a serial)', 'create table t (a bigserial)', 'create table t (a bigint generated always as identity)'],
  'prefer-repack': ['vacuum full t', 'vacuum (full) t', 'cluster t using i', 'vacuum t'],
  'prefer-robust-stmts': [
    'create table t (a int)',
    'create table if not exists t (a int)',
    'alter table t add column c int',
    'alter table t drop column if exists c',
    'drop index i',
    'create index concurrently i on t (a)',
    'begin; create table t (a int); commit',
    'create index on t (a)',
    ['alter table t alter column c set not null', { theirs: true, ours: false, why: 'a second run of it does no harm' }],
  ],
  'prefer-text-field': ['create table t (a varchar(9))', 'create table t (a varchar)', 'create table t (a character varying(9)[])', 'alter table t add column c varchar(9)'],
  'prefer-timestamp-tz': ['create table t (a timestamp)', 'create table t (a timestamp(3))', 'create table t (a timestamptz)', 'create table t (a timestamp with time zone)', 'alter table t alter column c type timestamp without time zone'],
  'renaming-column': ['alter table t rename column a to b', 'alter table t rename constraint a to b'],
  'renaming-table': ['alter table t rename to u', 'alter index i rename to j'],
  'require-concurrent-index-creation': [
    'create index i on t (a)',
    'create index concurrently i on t (a)',
    'begin; create table t (a int); create index i on t (a); commit',
    ['create table t (a int); create index i on t (a)', { theirs: true, ours: false, why: 'migrate-apply makes one transaction of the file, so that nobody sees the table before' }],
  ],
  'require-concurrent-index-deletion': ['drop index i', 'drop index concurrently i'],
  'require-concurrent-partition-detach': ['alter table t detach partition p', 'alter table t detach partition p concurrently', 'alter table t detach partition p finalize'],
  'require-concurrent-reindex': ['reindex table t', 'reindex index concurrently i', 'reindex (concurrently) table t', 'reindex database d'],
  'require-enum-value-ordering': ["alter type y add value 'a'", "alter type y add value 'a' before 'b'", "alter type y rename value 'a' to 'b'"],
  'require-lock-timeout': ["alter table t add column c int", "set lock_timeout = '1s'; alter table t add column c int", 'select 1', 'create index i on t (a)', 'truncate t'],
  'require-statement-timeout': ["alter table t add column c int", "set statement_timeout = '1s'; alter table t add column c int", 'select 1'],
  'require-table-schema': ['create table t (a int)', 'create table s.t (a int)', 'create temp table t (a int)', 'alter table t add column c int', 'drop table t'],
  'transaction-nesting': [
    'begin; begin; select 1; commit',
    'select 1; commit',
    'begin; select 1; commit',
    ['begin; select 1; commit; select 2', { theirs: false, ours: true, why: 'migrate-apply refuses a transaction around a part of a file' }],
  ],
  'unused-ignore': [
    ['-- squawk-ignore ban-drop-table\nselect 1', { theirs: false, ours: true, why: 'squawk reports unknown names alone' }],
    '-- squawk-ignore ban-drop-table\ndrop table t',
    '-- squawk-ignore no-such-rule\nselect 1',
  ],
};

// What we have under no rule of that name.
const absent = {
  'require-timeout-settings': 'an alias of require-lock-timeout and require-statement-timeout, here and there',
  'syntax-error': 'squawk’s is its parser’s; ours is `unparsed`, and says no more than that',
};

function theirs(folder) {
  // prefer-repack is about a command of PostgreSQL 19; ours is about the lock.
  const runs = ['15.0', '19.0'].map((version) => {
    const all = 'require-table-schema,require-timeout-settings';
    const run = spawnSync(squawk, ['--reporter=json', `--include=${all}`, `--pg-version=${version}`, `${folder}/*.sql`], {
      encoding: 'utf8',
    });
    assert.ok(run.status === 0 || run.status === 1, run.stderr);
    return JSON.parse(run.stdout).map(({ file, rule_name }) => ({ file, rule: rule_name }));
  });
  return [...runs[0], ...runs[1].filter(({ rule }) => rule === 'prefer-repack')];
}

function ours(folder) {
  const output = join(folder, 'record.json');
  const files = readFileNames(folder);
  const run = spawnSync(tool, ['lint', '--enable', 'all', '--pg-version', '15', '--output', output, ...files], { encoding: 'utf8', cwd: folder });
  assert.ok(run.status === 0 || run.status === 1, run.stderr);
  return JSON.parse(readFileSync(output, 'utf8')).data.lint.findings;
}

const cases = Object.entries(corpus).flatMap(([rule, statements]) =>
  statements.map((one, at) => {
    const [sql, differs = {}] = Array.isArray(one) ? one : [one];
    return { rule, sql, differs, name: `${rule}-${at}.sql` };
  }),
);
const readFileNames = (folder) => cases.map(({ name }) => join(folder, name));

test('squawk and we fire on the same statements, or the case says why not', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-peers-squawk-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const { name, sql } of cases) writeFileSync(join(folder, name), `${sql};\n`);
  const found = (list) => new Set(list.map(({ file, rule }) => `${file.replace(/.*\//, '')} ${rule}`));
  const [them, us] = [found(theirs(folder)), found(ours(folder))];
  const wrong = [];
  const fired = new Set();
  for (const { name, rule, sql, differs } of cases) {
    const said = [them, us].map((set) => set.has(`${name} ${rule}`));
    const expected = [differs.theirs ?? said[0], differs.ours ?? said[0]];
    if (said[0] !== expected[0] || said[1] !== expected[1]) {
      wrong.push(`${rule}: squawk ${said[0]}, we ${said[1]}: ${sql}`);
    }
    if (said[0] && said[1]) fired.add(rule);
  }
  assert.deepEqual(wrong, []);
  const strange = theirs(folder).filter(({ rule }) => !(rule in corpus) && !(rule in absent));
  assert.deepEqual(strange, [], 'squawk reports rules that we do not know');
  assert.deepEqual(Object.keys(corpus).filter((rule) => !fired.has(rule)), [], 'both fire on something of each rule');
});

test('the rules of the corpus are squawk’s own, and stand in our index', () => {
  const index = readFileSync(fileURLToPath(new URL('../../docs/lint/index.md', import.meta.url)), 'utf8');
  const rules = [...Object.keys(corpus), ...Object.keys(absent)];
  for (const rule of rules) assert.ok(index.includes(rule), rule);
  // These two cannot be switched off in squawk.
  const switched = rules.filter((rule) => rule !== 'unused-ignore' && rule !== 'syntax-error');
  const known = (names) => spawnSync(squawk, [`--exclude=${names}`, '/dev/null'], { encoding: 'utf8' });
  assert.equal(known('no-such-rule').status, 2);
  assert.equal(known(switched).status, 0, known(switched).stderr);
  // The count of crates/squawk_linter/src/lib.rs in 2.66.0; a new version needs a new look.
  assert.equal(new Set(rules).size, 41);
});
