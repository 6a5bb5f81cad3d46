// deploy-run init in five projects: what it writes runs as it is, or says what is missing.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { recordsBelow } from '../support/actions/records.mjs';
import { bin, root, Site } from '../support/actions/site.mjs';

const app = join(root, 'tests/support/sample-app');

class Project {
  constructor(context, files, { hasApi = true, programs } = {}) {
    Object.assign(this, { hasApi, programs });
    this.site = Site.open(context);
    this.folder = join(this.site.folder, 'project');
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    if (programs) this.makePath(programs);
  }

  write(name, text) {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o755 });
  }

  /** A PATH with these programs alone. */
  makePath(programs) {
    this.path = join(this.site.folder, 'path');
    mkdirSync(this.path);
    for (const name of programs) {
      const found = process.env.PATH.split(':').map((folder) => join(folder, name)).find(existsSync);
      symlinkSync(found, join(this.path, name));
    }
  }

  deployRun(...args) {
    const ran = spawnSync(join(bin, 'deploy-run'), args, {
      cwd: this.folder,
      encoding: 'utf8',
      env: {
        ...this.site.machine, ...this.site.secrets, ...(this.path ? { PATH: this.path } : {}), HOME: this.site.folder, DATABASE_URL: this.site.url, ...(this.hasApi ? { API_BASE: this.site.api } : {}),
        WATCH_FOR: '2s', WATCH_EVERY: '500ms',
      },
    });
    return { code: ran.status, log: ran.stdout + ran.stderr };
  }

  init() {
    const { code, log } = this.deployRun('init');
    assert.equal(code, 0, log);
    this.pipeline = readFileSync(join(this.folder, 'deploy.yaml'), 'utf8');
    return recordsBelow(join(this.folder, 'slipway-out'))['deploy-run-init'].data.missing;
  }

  /** The steps as they ended, and the log. */
  deploy() {
    const { code, log } = this.deployRun('run', '--yes');
    const steps = recordsBelow(join(this.folder, 'slipway-out'))['deploy-run-run'].data.steps;
    return { code, log, steps: Object.fromEntries(steps.map((step) => [step.id, step.status])) };
  }
}

const good = (status) => ['passed', 'warned'].includes(status);
const ownTest = "import { test } from 'node:test';\ntest('adds', () => {});\n";

test('Prisma: migrations, tests, deploy command and health endpoint are found, and it runs', (t) => {
  const project = new Project(t, {
    'package.json': '{"name": "@acme/shop", "scripts": {"test": "node --test test/"}}',
    'package-lock.json': '{}',
    'test/own.test.mjs': ownTest,
    'deploy.sh': `#!/bin/sh\nexec ${root}/tests/support/deploy_app.sh "$APP_PLACE" 2.0.0\n`,
  });
  cpSync(join(app, 'prisma'), join(project.folder, 'prisma'), { recursive: true });
  cpSync(join(app, 'src'), join(project.folder, 'src'), { recursive: true });
  const missing = project.init();
  assert.equal(missing.length, 1, missing.join('\n'));
  assert.match(missing[0], /undoes a bad deployment/);
  assert.match(project.pipeline, /name: "shop"/);
  assert.match(project.pipeline, /of the layout prisma/);
  assert.match(project.pipeline, /\$\{API_BASE\}\/api\/health/);
  const { code, log, steps } = project.deploy();
  assert.equal(code, 0, log);
  for (const id of ['preflight', 'backup', 'rehearse', 'migrate', 'deploy', 'health', 'tests', 'watch', 'report', 'notify']) assert.ok(good(steps[id]), `${id}: ${steps[id]}\n${log}`);
  assert.equal(project.site.query('select count(*) from _prisma_migrations where finished_at is not null'), '5');
});

test('plain SQL: what the folder does not tell is said, and the rest runs', (t) => {
  const project = new Project(t, {
    'migrations/001_tags.sql': 'create table tags (id int primary key);\n',
    'migrations/002_more.sql': 'alter table tags add column name text;\n',
    'app.py': '@app.get("/health")\n',
  });
  const missing = project.init();
  assert.deepEqual(missing.map((one) => one.split('.')[0]), [
    'the command that deploys the application', 'a test command whose report is known', 'what undoes a bad deployment',
  ]);
  assert.match(project.pipeline, /2 migrations of the layout plain/);
  assert.match(project.pipeline, /# Missing: the command that deploys/);
  const refused = project.deployRun('init');
  assert.equal(refused.code, 4, refused.log);
  // The endpoint is another than the sample application's, which runs here.
  project.write('deploy.yaml', project.pipeline.replace('"/health"', '"/api/health"').replace('}/health', '}/api/health'));
  const { code, log } = project.deploy();
  assert.equal(code, 0, log);
  assert.equal(project.site.query("select string_agg(column_name, ',') from information_schema.columns where table_name = 'tags'"), 'id,name');
});

test('Drizzle: its journal is followed', (t) => {
  const sql = 'CREATE TABLE "notes" ("id" serial PRIMARY KEY);\n--> statement-breakpoint\nCREATE INDEX "notes_id" ON "notes" ("id");\n';
  const project = new Project(t, {
    'package.json': '{"name": "notes", "scripts": {"test": "node --test", "build": "mkdir -p dist && echo 1 > dist/app.js"}}',
    'notes.test.mjs': ownTest,
    'drizzle/0000_notes.sql': sql,
    'drizzle/meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries: [{ idx: 0, version: '7', when: 1700000000000, tag: '0000_notes', breakpoints: true }] }),
    'drizzle/meta/0000_snapshot.json': '{}',
  }, { hasApi: false });
  const missing = project.init();
  assert.match(project.pipeline, /of the layout drizzle/);
  assert.match(project.pipeline, /npm run build/);
  assert.match(missing.join('\n'), /a health endpoint/);
  const { code, log, steps } = project.deploy();
  assert.equal(code, 0, log);
  assert.ok(good(steps.tests) && good(steps.build), JSON.stringify(steps));
  assert.equal(project.site.query('select count(*) from drizzle.__drizzle_migrations'), '1');
});

test('Flyway: a program that is not here is named before anything is touched', (t) => {
  const project = new Project(t, {
    'pom.xml': '<project/>\n',
    'src/main/resources/db/migration/V1__init.sql': 'create table orders_of_flyway (id int);\n',
  }, { hasApi: false, programs: ['git', 'sh'] });
  project.site.query('drop schema public cascade; create schema public');
  project.init();
  assert.match(project.pipeline, /of the layout flyway/);
  assert.match(project.pipeline, /surefire-reports/);
  const { code, log, steps } = project.deploy();
  assert.equal(code, 1, log);
  assert.equal(steps.backup, 'skipped');
  assert.match(log, /tools\.required: .*\(mvn\)/);
  project.write('deploy.yaml', project.pipeline.replace('require-tool: ["mvn"]', 'require-tool: [sh]'));
  const without = project.deployRun('run', '--yes', '--skip-tests');
  assert.equal(without.code, 0, without.log);
  assert.equal(project.site.query('select count(*) from flyway_schema_history'), '1');
});

test('none: a folder that tells nothing gets a pipeline that says so and runs', (t) => {
  const project = new Project(t, { 'README.md': '# Empty\n' }, { hasApi: false });
  const missing = project.init();
  assert.equal(missing.length, 5);
  assert.match(missing[0], /a folder of migrations/);
  const { code, log, steps } = project.deploy();
  assert.equal(code, 0, log);
  assert.deepEqual(Object.keys(steps), ['preflight', 'backup', 'watch', 'report', 'notify']);
  execFileSync(join(bin, 'deploy-run'), ['plan'], { cwd: project.folder, env: { ...project.site.machine, DATABASE_URL: project.site.url } });
});
