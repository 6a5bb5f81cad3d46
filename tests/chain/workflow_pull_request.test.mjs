// The comment on a pull request: one, updated, with what the migrations would do.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { runExample } from '../support/actions/caller.mjs';
import { recordsBelow } from '../support/actions/records.mjs';
import { Site } from '../support/actions/site.mjs';

/** GitHub's comments of one pull request, by its published API: pages of at most 100. */
async function comments(t, { others = 0, writable = true } = {}) {
  const kept = Array.from({ length: others }, (_, index) => ({ id: index + 1, body: `Remark ${index}` }));
  const asked = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const url = new URL(request.url, 'http://localhost');
    asked.push(`${request.method} ${url.pathname}`);
    const answer = (status, value) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (request.headers.authorization !== 'Bearer ghs_a-token-of-the-test') return answer(401, { message: 'Bad credentials' });
    if (request.method === 'GET') {
      const size = Number(url.searchParams.get('per_page') ?? 30);
      const from = (Number(url.searchParams.get('page') ?? 1) - 1) * size;
      return answer(200, kept.slice(from, from + Math.min(size, 100)));
    }
    if (!writable) return answer(403, { message: 'Resource not accessible by integration' });
    const { body } = JSON.parse(text);
    if (body.length > 65536) return answer(422, { message: 'Validation Failed' });
    const id = Number(/comments\/(\d+)$/.exec(url.pathname)?.[1] ?? 0);
    const comment = id ? kept.find((one) => one.id === id) : { id: kept.length + 1 };
    if (!id) kept.push(comment);
    comment.body = body;
    return answer(id ? 200 : 201, { ...comment, html_url: `https://github.com/your-org/shop/pull/9#issuecomment-${comment.id}` });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const github = { api_url: `http://127.0.0.1:${server.address().port}`, event: { pull_request: { number: 9 } } };
  return { kept, asked, github };
}

const review = (site, github, run, options = {}) =>
  runExample(site, 'pull-request.yml', { migrations: 'migrations' }, {
    event: 'pull_request',
    place: join(site.folder, `run-${run}`),
    ...options,
    github: { event_name: 'pull_request', run_id: run, ...github },
  });

test('one comment says what the migrations would do, and a newer push updates it', async (t) => {
  const site = Site.open(t);
  const { kept, github, asked } = await comments(t, { others: 130 });
  const first = await review(site, github, '1');
  assert.equal(first.result, 'success', first.stages.migrations.log);
  assert.equal(kept.length, 131);
  assert.match(kept[130].body, /^<!-- slipway pull-request  -->\n# Migrations of this pull request/);
  assert.match(kept[130].body, /001_create_task_status_history/);
  assert.match(kept[130].body, /~~~diff\n(?:[+-] .*\n)*\+ table public\.task_status_history: .*\n(?:[+-] .*\n)*~~~\n/);
  assert.equal(first.jobs.staging.outputs.comment, 'https://github.com/your-org/shop/pull/9#issuecomment-131');
  const records = recordsBelow(first.artifacts);
  assert.ok(records['migrate-apply-lint'] && records['migrate-apply-plan'] && records['migrate-apply-apply-dry-run']);
  assert.equal(site.query("select to_regnamespace('slipway') is null"), 't');

  writeFileSync(join(site.repository, 'migrations/003_more.sql'), 'create table more (id bigint primary key);\n');
  const second = await review(site, github, '2');
  assert.equal(second.result, 'success', second.stages.migrations.log);
  assert.equal(kept.length, 131);
  assert.match(kept[130].body, /003_more/);
  assert.match(kept[130].body, /^\+ table public\.more: table \(id bigint not null\)/m);
  assert.deepEqual(asked.at(-1), 'PATCH /repos/your-org/shop/issues/comments/131');
});

test('a pull request of a fork has neither secrets nor the right to comment, and is judged all the same', async (t) => {
  const site = Site.open(t);
  const { kept, github } = await comments(t, { writable: false });
  writeFileSync(join(site.repository, 'migrations/003_bad.sql'), 'alter table tasks add column due date not null;\n');
  const run = await review(site, github, '3', { secrets: {} });
  const job = run.stages.migrations;
  assert.equal(job.result, 'failure');
  assert.deepEqual(kept, []);
  assert.ok(job.annotations.some((one) => one.level === 'warning' && /pull-requests: write/.test(one.message)));
  assert.ok(job.annotations.some((one) => one.level === 'error' && one.file === 'migrations/003_bad.sql'), job.log);
  assert.match(job.summary, /Migrations of this pull request/);
});
