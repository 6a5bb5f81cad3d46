// slack-notify against a Slack on this machine, which Slack's own SDK has tried first; its messages
// judged by Slack's own types and by the limits that Slack publishes.
import { WebClient } from '@slack/web-api';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { deployment, hostile, large, poisoned } from '../support/report_records.mjs';
import { objection, slack } from './slack_server.mjs';
import { run } from './tools.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

function place(context) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-slack-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const bot = (server) => ({
  SLACK_BOT_TOKEN: server.token, SLACK_API_URL: server.url, SLACK_CHANNEL: server.name,
  SLIPWAY_RUN_ID: '4711', SLIPWAY_NAME: 'shop', SLIPWAY_ENVIRONMENT: 'staging',
});

/** The tool with a record of its own in the folder, and its thread file in another one. */
const tell = (folder, server, args, env = {}) =>
  run('slack-notify', [...args, '--thread', join(folder, 'thread.json')], { folder, env: { ...bot(server), ...env } });

test('the server is one that Slack’s own SDK takes for Slack', async (context) => {
  const server = await slack(context);
  const client = new WebClient(server.token, { slackApiUrl: `${server.url}/`, retryConfig: { retries: 1, minTimeout: 1 }, logLevel: 'error' });
  const posted = await client.chat.postMessage({ channel: server.name, text: 'a', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'a' } }] });
  assert.equal(posted.channel, server.channel);
  await client.chat.postMessage({ channel: posted.channel, text: 'b', thread_ts: posted.ts });
  await client.chat.update({ channel: posted.channel, ts: posted.ts, text: 'c' });
  assert.equal(server.messages.get(posted.ts).text, 'c');
  assert.ok(server.calls[0].type.startsWith('application/x-www-form-urlencoded'));
  server.disturb({ status: 429, body: '', headers: { 'Retry-After': '1' } });
  await client.chat.postMessage({ channel: server.channel, text: 'd' });
  await assert.rejects(client.chat.postMessage({ channel: 'C999', text: 'e' }), /channel_not_found/);
  await assert.rejects(client.chat.update({ channel: server.channel, ts: '1.2', text: 'e' }), /message_not_found/);
  await assert.rejects(client.chat.postMessage({ channel: server.channel, text: 'x', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3001) } }] }), /invalid_blocks/);
});

test('one message is kept up to date through a whole deployment, details in its thread', async (context) => {
  const server = await slack(context);
  const folder = place(context);
  const records = join(folder, 'out');
  deployment(records);
  for (const args of [['--on', 'start'], ['--on', 'progress', records], [records]]) {
    const { code, record, log } = await tell(folder, server, args);
    assert.equal(code, 0, log);
    assert.equal(record.data.sent, true, log);
    assert.ok(!log.includes(server.token) && !JSON.stringify(record).includes(server.token));
  }
  const all = [...server.messages.values()];
  const parents = all.filter((one) => !one.thread_ts);
  assert.equal(parents.length, 1);
  assert.equal(parents[0].edits, 2);
  assert.match(parents[0].text, /^Passed with warnings/);
  const replies = all.filter((one) => one.thread_ts === parents[0].ts);
  assert.equal(replies.length, 2);
  assert.ok(replies.every((one) => !one.reply_broadcast));
  // Another deployment has a message of its own; a failure calls, and is seen in the channel.
  const broken = join(folder, 'broken');
  deployment(broken, { failed: true });
  const failed = await tell(folder, server, [broken, '--mention', 'here', '--environment', 'production', '--on', 'failure']);
  assert.equal(failed.code, 0, failed.log);
  const later = [...server.messages.values()].slice(all.length);
  assert.equal(later.filter((one) => !one.thread_ts).length, 1);
  const reply = later.find((one) => one.thread_ts);
  assert.ok(reply.reply_broadcast && reply.text.startsWith('<!here> '), JSON.stringify(reply));
});

test('of parallel jobs one opens the thread; another machine goes on by the outputs', async (context) => {
  const server = await slack(context);
  const folder = place(context);
  const runs = await Promise.all(Array.from({ length: 6 }, () => tell(folder, server, ['--on', 'start'])));
  assert.ok(runs.every(({ code, record }) => code === 0 && record.data.sent));
  assert.equal(server.messages.size, 1);
  const { channel, ts } = runs[0].record.data.thread;
  const elsewhere = place(context);
  const done = await tell(elsewhere, server, ['--on', 'progress', '--thread-ts', ts, '--channel', channel]);
  assert.equal(done.record.data.thread.ts, ts, done.log);
  assert.equal(server.messages.get(ts).edits, 6);
});

test('limits, busy times and refusals of Slack are waited out, explained, and fail nothing', async (context) => {
  const server = await slack(context);
  const folder = place(context);
  server.disturb({ status: 429, body: { ok: false, error: 'ratelimited' }, headers: { 'Retry-After': '1' } });
  server.disturb({ status: 503, body: 'busy' });
  server.disturb({ status: 200, body: { ok: false, error: 'internal_error' } });
  server.disturb({ drop: true });
  const busy = await tell(folder, server, ['--on', 'start']);
  assert.equal(busy.code, 0, busy.log);
  assert.equal(busy.record.data.attempts, 5, busy.log);
  assert.equal(server.messages.size, 1);
  for (const [error, hint] of [['not_in_channel', /invite/i], ['invalid_auth', /SLACK_BOT_TOKEN/], ['something_new', /docs\.slack\.dev/]]) {
    server.disturb({ status: 200, body: { ok: false, error } });
    const refused = await tell(folder, server, ['--on', 'progress']);
    assert.equal(refused.code, 0);
    assert.equal(refused.record.status, 'warned');
    assert.match(refused.log, new RegExp(`Slack was not told.*${error}`, 's'));
    assert.match(refused.record.checks[0].hint, hint);
    server.disturb({ status: 200, body: { ok: false, error } });
    assert.equal((await tell(folder, server, ['--on', 'progress', '--strict'])).code, 1);
  }
  server.disturb({ status: 200, body: { ok: false, error: 'msg_blocks_too_long' } });
  const plain = await tell(folder, server, ['--on', 'start']);
  assert.match(plain.log, /only its text/);
  server.messages.clear(); // somebody deleted it
  const anew = await tell(folder, server, ['--on', 'start']);
  assert.equal(anew.record.data.sent, true);
  assert.equal(server.messages.size, 1);
});

test('every message is one of Slack’s own types and within its limits', async (context) => {
  const server = await slack(context);
  const folder = place(context);
  const sources = { good: deployment, failed: (to) => deployment(to, { failed: true }), poison: poisoned, large };
  for (const [kind, make] of Object.entries(sources)) {
    make(join(folder, kind));
    for (const times of [1, 2]) {
      const env = { SLIPWAY_RUN_ID: `run-${kind}` };
      const { record, log } = await tell(folder, server, [join(folder, kind), '--title', kind === 'poison' ? hostile : kind, '--mention', 'here'], env);
      assert.equal(record.data.sent, true, `${kind} ${times}: ${log.slice(0, 2000)}`);
      if (kind === 'large') assert.ok(record.data.omitted > 0);
    }
  }
  let source = "import type { ChatPostMessageArguments, ChatUpdateArguments } from '@slack/web-api';\n";
  server.calls.forEach(({ method, raw }, i) => {
    assert.ok(Buffer.byteLength(JSON.stringify(JSON.parse(raw).blocks)) < 12_000);
    assert.equal(objection(JSON.parse(raw).blocks), '');
    assert.ok(!/<!(channel|everyone)>|<@U0123456>/.test(raw));
    source += `export const m${i} = ${raw} satisfies ${method === 'chat.update' ? 'ChatUpdateArguments' : 'ChatPostMessageArguments'};\n`;
  });
  assert.ok(server.calls.length >= 16);
  assert.ok(server.calls.some(({ raw }) => raw.includes('omitted for length')));
  // Within the peers' folder, so that the types are found.
  const judged = mkdtempSync(join(here, '.types-'));
  context.after(() => rmSync(judged, { recursive: true }));
  const check = (file, content) => {
    writeFileSync(join(judged, file), content);
    return spawnSync(process.execPath, [join(here, 'node_modules/typescript/bin/tsc'), '--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--moduleResolution', 'nodenext', '--types', '', join(judged, file)], { encoding: 'utf8' });
  };
  const good = check('messages.mts', source);
  assert.equal(good.status, 0, good.stdout.slice(0, 3000));
  assert.notEqual(check('bad.mts', source.replace('"type":"header"', '"type":"heading"')).status, 0);
});

test('a webhook gets what its template says, signed; Teams and Discord their own shapes', async (context) => {
  const folder = place(context);
  poisoned(join(folder, 'out'));
  const got = [];
  const server = createServer(async (request, response) => {
    let raw = '';
    request.setEncoding('utf8');
    for await (const chunk of request) raw += chunk;
    got.push({ raw, body: JSON.parse(raw), headers: request.headers });
    response.writeHead(204).end();
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  context.after(() => server.close());
  const env = { NOTIFY_URL: `http://127.0.0.1:${server.address().port}/h00k/s3cretpath`, NOTIFY_SIGNING_SECRET: 'k3y' };
  const send = async (...args) => {
    const { code, log, record } = await run('slack-notify', [join(folder, 'out'), '--title', hostile, ...args], { folder, env });
    assert.equal(code, 0, log);
    assert.equal(record.data.sent, true, log);
    assert.ok(!log.includes('s3cretpath') && !log.includes('k3y'));
    return got.at(-1);
  };
  const whole = await send('--to', 'webhook');
  assert.equal(whole.body.schema, 'slipway/notification/1');
  assert.equal(whole.headers['x-slipway-signature'], `sha256=${createHmac('sha256', 'k3y').update(whole.raw).digest('hex')}`);
  const template = join(folder, 'body.json');
  writeFileSync(template, '{"msg": "{{word}}: {{title}}", "steps": [{{#steps}}"{{text}}",{{/steps}} null]}');
  const own = await send('--to', 'webhook', '--template', template);
  assert.ok(own.body.msg.includes('<script>alert(1)</script>') && own.body.msg.includes('"quoted"'));
  const teams = await send('--to', 'teams');
  const card = teams.body.attachments[0];
  assert.equal(card.contentType, 'application/vnd.microsoft.card.adaptive');
  assert.equal(card.content.version, '1.4');
  assert.ok(Buffer.byteLength(teams.raw) < 28_000);
  assert.ok(!JSON.stringify(card.content.actions).includes('javascript:'));
  const discord = (await send('--to', 'discord')).body;
  const [embed] = discord.embeds;
  assert.deepEqual(discord.allowed_mentions.parse, []);
  assert.ok(embed.title.length <= 256 && embed.description.length <= 4096 && embed.fields.length <= 25);
  assert.ok(embed.fields.every((one) => one.name.length <= 256 && one.value.length >= 1 && one.value.length <= 1024));
  const sum = embed.title.length + embed.description.length + embed.fields.reduce((all, one) => all + one.name.length + one.value.length, 0);
  assert.ok(sum <= 6000, String(sum));
  writeFileSync(template, '{"msg": {{title}}');
  const bad = await run('slack-notify', [join(folder, 'out'), '--to', 'webhook', '--template', template], { folder, env });
  assert.equal(bad.code, 2);
});

test('an e-mail arrives whole, over TLS, and forges no header', async (context) => {
  const folder = place(context);
  poisoned(join(folder, 'out'));
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem'), '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const mails = [];
  let refuse = 2;
  const server = new SMTPServer({
    secure: false, key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')), authMethods: ['PLAIN', 'LOGIN'],
    onAuth: ({ username, password }, session, done) => (username === 'bot' && password === 'p4ss' ? done(null, { user: 'bot' }) : done(new Error('no'))),
    onMailFrom: (address, session, done) => ((refuse -= 1) > 0 ? done(Object.assign(new Error('come again'), { responseCode: 451 })) : done()),
    onData: (stream, session, done) => {
      const seen = { secure: session.secure, to: session.envelope.rcptTo.map((one) => one.address) };
      simpleParser(stream).then((mail) => done(null, mails.push({ mail, ...seen }) && 'ok'), done);
    },
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  context.after(() => new Promise((done) => server.close(done)));
  const env = { SMTP_URL: `smtp://localhost:${server.server.address().port}`, SMTP_USER: 'bot', SMTP_PASSWORD: 'p4ss', NOTIFY_FROM: 'deploy@example.com', SSL_CERT_FILE: join(folder, 'cert.pem') };
  const args = [join(folder, 'out'), '--to', 'email', '--recipient', 'ops@example.com', '--recipient', 'lead@example.com', '--title', hostile];
  const { code, log, record } = await run('slack-notify', args, { folder, env });
  assert.equal(code, 0, log);
  assert.equal(record.data.sent, true, log);
  assert.equal(record.data.attempts, 2);
  assert.ok(!log.includes('p4ss'));
  const [{ mail, secure, to }] = mails;
  assert.ok(secure, 'the password went over TLS');
  assert.deepEqual(to, ['ops@example.com', 'lead@example.com']);
  assert.ok(!mail.headers.has('bcc'));
  assert.match(mail.subject, /^Failed: /);
  assert.ok(mail.text.includes('🚢') && mail.text.includes('<script>alert(1)</script>'));
  const wrong = await run('slack-notify', args, { folder, env: { ...env, SMTP_PASSWORD: 'wr0ng' } });
  assert.equal(wrong.code, 0);
  assert.equal(wrong.record.status, 'warned');
  assert.match(wrong.log, /was not told/);
  const nobody = await run('slack-notify', [...args, '--recipient', 'a b', '--strict'], { folder, env });
  assert.equal(nobody.code, 2);
});
