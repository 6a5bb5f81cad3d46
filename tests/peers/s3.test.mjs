// Backups in a bucket of a store that verifies signatures: OpenStack Swift with s3api. run.sh gives
// SERVER_URL (a PostgreSQL of our own) and BIN (the built tools).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openProxy } from './proxy.mjs';
import { client } from './s3_client.mjs';
import { query } from './site.mjs';
import { key, secret, startSwift } from './swift.mjs';
import * as tools from './tools.mjs';

const server = process.env.SERVER_URL;
const name = `s3_${process.pid}`;
const url = server.replace('/postgres?', `/${name}?`);
const folder = mkdtempSync(join(tmpdir(), 'slipway-s3-'));
let swift;
let s3;
let said = '';

before(async () => {
  swift = await startSwift();
  s3 = client(swift.endpoint, key, secret);
  await query(server, `create database ${name}`);
  // Random bytes, so that the archive has more parts than are sent at once.
  await query(
    url,
    `create table big as select i, decode(string_agg(md5((i * 4096 + k)::text), ''), 'hex') as bytes
     from generate_series(1, 640) i, generate_series(1, 4096) k group by i`,
  );
});

after(async () => {
  await query(server, `drop database if exists ${name} with (force)`);
  await swift?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a tool with the store's key; `place` is where it keeps what it works on. */
function start(tool, args, { env = {}, endpoint = swift.endpoint, place = folder } = {}) {
  const { child, done } = tools.start(tool, args, {
    folder,
    env: {
      SLIPWAY_DIR: join(place, 'out'),
      DATABASE_URL: url,
      AWS_ACCESS_KEY_ID: key,
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_ENDPOINT_URL_S3: endpoint,
      ...env,
    },
  });
  const told = done.then((ended) => {
    said += ended.log + ended.text;
    return ended;
  });
  return { child, done: told };
}

const run = (tool, args, options) => start(tool, args, options).done;

async function bucket(label) {
  const made = `${label}-${process.pid}`;
  assert.equal((await s3('PUT', `/${made}`)).status, 200);
  return made;
}

const keys = async (place) =>
  [...(await s3('GET', `/${place}`)).text.matchAll(/<Key>([^<]*)<\/Key>/g)].map((m) => m[1]);
const pending = async (place) =>
  [...(await s3('GET', `/${place}`, { uploads: '' })).text.matchAll(/<UploadId>([^<]*)</g)].length;
/** Waits until so many parts of an upload have arrived. */
async function parts(place, name, count) {
  for (let i = 0; i < 100; i += 1) {
    const { text } = await s3('GET', `/${place}`, { uploads: '' });
    const upload = /<UploadId>([^<]*)</.exec(text)?.[1];
    const told = upload && (await s3('GET', `/${place}/${name}`, { uploadId: upload })).text;
    if ((told?.match(/<PartNumber>/g) ?? []).length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${count} parts of ${name} have not arrived`);
}
const metric = (result, wanted) =>
  result.record.metrics.find((one) => one.name === wanted)?.value;
const leftovers = (place = folder) => {
  try {
    return readdirSync(join(place, 'out', 'backups'));
  } catch {
    return [];
  }
};

test('a backup goes into a bucket in parts, is listed, verified by a restore and fetched', async () => {
  const place = await bucket('round');
  const made = await run('db-backup', ['--to', `s3://${place}/shop/test`]);
  assert.equal(made.code, 0, made.log);
  const { id, archive } = made.record.data;
  assert.ok(metric(made, 'upload.parts') > 4, made.log);
  assert.deepEqual(await keys(place), [`shop/test/${id}.manifest.json`, `shop/test/${id}.tar`]);
  assert.equal(made.record.artifacts[0].uri, `s3://${place}/shop/test/${id}.tar`);
  assert.deepEqual(leftovers(), []);

  const verified = await run('db-backup', ['verify', id, '--verify', 'restore', '--to', `s3://${place}/shop/test/`]);
  assert.equal(verified.code, 0, verified.log);
  const listed = await run('db-backup', ['list', '--to', `s3://${place}/shop/test`]);
  assert.equal(listed.record.data.backups[0].level, 'restored');

  const looked = await run('preflight', ['--only', 'backup', '--backup-to', `s3://${place}/shop/test`]);
  const check = (id) => looked.record.checks.find((one) => one.id === id);
  assert.equal(check('backup.store').status, 'passed', looked.log);
  assert.match(check('backup.latest').message, new RegExp(`${id} \\(restored\\)`));

  const here = join(folder, 'fetched');
  const fetched = await run('db-backup', ['fetch', 'latest', '--from', `s3://${place}/shop/test`, '--to', here]);
  assert.equal(fetched.code, 0, fetched.log);
  assert.deepEqual(readdirSync(here).sort(), [`${id}.manifest.json`, `${id}.tar`]);
  assert.equal(execFileSync('sha256sum', [join(here, `${id}.tar`)]).toString().slice(0, 64), archive.sha256);
  assert.ok(execFileSync('tar', ['tf', join(here, `${id}.tar`)]).toString().startsWith(`${id}/toc.dat`));
});

test('a connection that is cut in the middle of a part costs that part alone', async () => {
  const place = await bucket('cut');
  const proxy = await openProxy(swift.port, { cutAfter: 9_000_000, times: 5 });
  const made = await run('db-backup', ['--to', `s3://${place}`], { endpoint: proxy.endpoint });
  proxy.close();
  assert.equal(made.code, 0, made.log);
  assert.equal(proxy.cuts(), 5);
  assert.match(made.log, /trying again/);
  assert.equal(await pending(place), 0);
  const verified = await run('db-backup', ['verify', '--to', `s3://${place}`]);
  assert.equal(verified.code, 0, verified.log);
});

test('an upload that kill -9 or the network cut is gone on with by the next backup, part by part', async () => {
  const place = await bucket('killed');
  const work = join(folder, 'killed');
  const made = (id, options) => start('db-backup', ['--to', `s3://${place}`, '--id', id], { place: work, ...options });
  const proxy = await openProxy(swift.port, { stallAfter: 36_000_000 });
  const begun = made('victim', { endpoint: proxy.endpoint });
  await proxy.stalled;
  await parts(place, 'victim.tar', 4);
  begun.child.kill('SIGKILL');
  await begun.done;
  proxy.close();
  assert.equal(await pending(place), 1);
  const none = await run('db-backup', ['list', '--to', `s3://${place}`], { place: work });
  assert.deepEqual(none.record.data.backups, []);

  // It sends four parts of six at once: so many of the next one have arrived, too, when the network fails for good.
  const cutting = await openProxy(swift.port, { cutAfter: 52_000_000, times: 1e6 });
  const failed = await made('cut', { endpoint: cutting.endpoint }).done;
  cutting.close();
  assert.equal(failed.code, 3, failed.log);
  assert.match(failed.log, /going on with an upload that was cut/);
  assert.equal(failed.record.checks.find((one) => one.id === 'store.resumed').status, 'passed');
  assert.match(failed.log, /The next db-backup to s3:\S+ goes on with its upload/);
  assert.deepEqual(await keys(place), ['victim.manifest.json', 'victim.tar']);
  assert.equal(await pending(place), 1);

  // Who does not work on that bucket leaves it alone.
  const elsewhere = await bucket('elsewhere');
  assert.equal((await run('db-backup', ['--to', `s3://${elsewhere}`], { place: work })).code, 0);
  assert.equal(await pending(place), 1);

  const last = await made('last', {}).done;
  assert.equal(last.code, 0, last.log);
  assert.equal(metric(failed, 'upload.resumed'), 4);
  assert.ok(metric(last, 'upload.resumed') >= 1, JSON.stringify(last.record.metrics));
  assert.ok(metric(last, 'upload.resumed') < metric(last, 'upload.parts'));
  assert.equal(await pending(place), 0);
  assert.deepEqual(
    await keys(place),
    ['cut', 'last', 'victim'].flatMap((id) => [`${id}.manifest.json`, `${id}.tar`]),
  );
  assert.deepEqual(leftovers(work), []);
  const verified = await run('db-backup', ['verify', 'cut', 'last', 'victim', '--to', `s3://${place}`]);
  assert.equal(verified.code, 0, verified.log);
});

test('what is left of an upload and cannot be gone on with is aborted by the next backup', async () => {
  const place = await bucket('damaged');
  const work = join(folder, 'damaged');
  const proxy = await openProxy(swift.port, { stallAfter: 12_000_000 });
  const begun = start('db-backup', ['--to', `s3://${place}`, '--id', 'victim'], { endpoint: proxy.endpoint, place: work });
  await proxy.stalled;
  begun.child.kill('SIGKILL');
  await begun.done;
  proxy.close();
  const archive = join(work, 'out', 'backups', '.partial-victim', 'work', 'victim.tar');
  const bytes = readFileSync(archive);
  bytes[10_000_000] ^= 1;
  writeFileSync(archive, bytes);
  const made = await run('db-backup', ['--to', `s3://${place}`], { place: work });
  assert.equal(made.code, 0, made.log);
  assert.match(made.log, /given up: what was left is damaged/);
  assert.equal(await pending(place), 0);
  const id = made.record.data.id;
  assert.deepEqual(await keys(place), [`${id}.manifest.json`, `${id}.tar`]);
  assert.deepEqual(leftovers(work), []);
});

test('an upload that was killed is gone on with, part by part', async () => {
  const place = await bucket('resumed');
  const here = join(folder, 'local');
  const made = await run('db-backup', ['--to', here]);
  assert.equal(made.code, 0, made.log);
  const id = made.record.data.id;
  const proxy = await openProxy(swift.port, { stallAfter: 36_000_000 });
  const args = ['fetch', id, '--from', here, '--to', `s3://${place}/a`];
  const begun = start('db-backup', args, { endpoint: proxy.endpoint });
  await proxy.stalled;
  await parts(place, `a/${id}.tar`, 1);
  begun.child.kill('SIGKILL');
  await begun.done;
  proxy.close();
  const again = await run('db-backup', args);
  assert.equal(again.code, 0, again.log);
  assert.ok(metric(again, 'upload.resumed') >= 1, JSON.stringify(again.record.metrics));
  assert.ok(metric(again, 'upload.resumed') < metric(again, 'upload.parts'));
  assert.equal(await pending(place), 0);
  const verified = await run('db-backup', ['verify', id, '--to', `s3://${place}/a`]);
  assert.equal(verified.code, 0, verified.log);
});

test('what stays in a bucket is kept by rule', async () => {
  const place = await bucket('kept');
  await query(server, `create database ${name}_small`);
  const env = { DATABASE_URL: server.replace('/postgres?', `/${name}_small?`) };
  try {
    const ids = [];
    for (let i = 0; i < 3; i += 1) {
      const made = await run('db-backup', ['--to', `s3://${place}/p`, '--keep', '2'], { env });
      assert.equal(made.code, 0, made.log);
      ids.push(made.record.data.id);
    }
    const names = (wanted) => wanted.flatMap((id) => [`p/${id}.manifest.json`, `p/${id}.tar`]).sort();
    assert.deepEqual((await keys(place)).sort(), names(ids.slice(1)));
    const pinned = await run('db-backup', ['prune', '--to', `s3://${place}/p`, '--keep', '1', '--pin', ids[1]]);
    assert.equal(pinned.code, 0, pinned.log);
    assert.deepEqual((await keys(place)).sort(), names(ids.slice(1)));
    const pruned = await run('db-backup', ['prune', '--to', `s3://${place}/p`, '--keep', '1', '--unpin', ids[1]]);
    assert.deepEqual(pruned.record.data.pruned, [ids[1]]);
    assert.deepEqual((await keys(place)).sort(), names(ids.slice(2)));
    // Files of others are not ours to remove.
    await s3('PUT', `/${place}/p/theirs.tar`, {}, 'x');
    await run('db-backup', ['prune', '--to', `s3://${place}/p`]);
    assert.ok((await keys(place)).includes('p/theirs.tar'));
  } finally {
    await query(server, `drop database ${name}_small with (force)`);
  }
});

test('an encrypted backup is restored from a bucket, by its identity alone', async () => {
  const place = await bucket('sealed');
  const identity = join(folder, 'identity');
  const other = join(folder, 'other');
  for (const file of [identity, other]) execFileSync('age-keygen', ['-o', file], { stdio: 'ignore' });
  const recipient = execFileSync('age-keygen', ['-y', identity]).toString().trim();
  const made = await run('db-backup', ['--to', `s3://${place}`, '--encrypt', recipient]);
  assert.equal(made.code, 0, made.log);
  const from = ['--from', `s3://${place}`, '--into', `${name}_back`, '--yes'];
  const refused = await run('db-restore', [...from, '--identity', other]);
  assert.equal(refused.code, 4, refused.log);
  assert.match(refused.log, /the identity does not open/);
  const text = readFileSync(identity, 'utf8');
  const restored = await run('db-restore', [...from, '--identity', 'env:BACKUP_KEY'], { env: { BACKUP_KEY: text } });
  assert.equal(restored.code, 0, restored.log);
  const sums = (which) =>
    query(which, 'select count(*)::int as n, sum(hashtext(bytes::text))::text as s from big');
  assert.deepEqual(await sums(server.replace('/postgres?', `/${name}_back?`)), await sums(url));
  await query(server, `drop database ${name}_back`);
  for (const line of text.split('\n').filter((each) => each.startsWith('AGE-SECRET'))) {
    assert.ok(!said.includes(line), 'the identity was shown');
  }
});

test('from production nothing goes into a bucket unencrypted unless that is allowed by name', async () => {
  const place = await bucket('plain');
  const to = ['--to', `s3://${place}`, '--environment', 'production'];
  for (const args of [to, [...to, '--s3-sse', 'AES256'], [...to, '--dry-run']]) {
    const refused = await run('db-backup', args);
    assert.equal(refused.code, 4, refused.log);
    assert.match(refused.log, /--encrypt[^]*--allow-unencrypted/);
    assert.ok(!/connected/.test(refused.log), refused.log);
  }
  assert.deepEqual(await keys(place), []);
  const here = join(folder, 'production');
  const local = await run('db-backup', ['--to', here, '--environment', 'production']);
  assert.equal(local.code, 0, local.log);
  const fetch = ['fetch', local.record.data.id, '--from', here, '--to', `s3://${place}`];
  assert.equal((await run('db-backup', fetch)).code, 4);
  assert.deepEqual(await keys(place), []);
  const allowed = await run('db-backup', [...fetch, '--allow-unencrypted']);
  assert.equal(allowed.code, 0, allowed.log);
  const made = await run('db-backup', [...to, '--allow-unencrypted']);
  assert.equal(made.code, 0, made.log);
  assert.equal((await keys(place)).length, 4);
});

test('a wrong key, secret, bucket or region is refused before anything is dumped', async () => {
  const place = await bucket('wrong');
  const to = ['--to', `s3://${place}`];
  for (const [args, env, words] of [
    [to, { AWS_SECRET_ACCESS_KEY: 'not-the-secret-0123456789' }, /SignatureDoesNotMatch/],
    [to, { AWS_ACCESS_KEY_ID: 'nobody:none' }, /InvalidAccessKeyId|AccessDenied|SignatureDoesNotMatch/],
    [['--to', 's3://there-is-none'], {}, /NoSuchBucket[^]*Make the bucket first/],
    [to, { AWS_REGION: 'eu-central-1' }, /in the region us-east-1: set --s3-region/],
    [to, { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, /no credentials for S3/],
  ]) {
    const refused = await run('db-backup', args, { env });
    assert.equal(refused.code, 2, refused.log);
    assert.match(refused.log, words);
    assert.ok(!/connected/.test(refused.log), refused.log);
  }
  assert.deepEqual(await keys(place), []);
  assert.deepEqual(leftovers(), []);
  const gone = await run('db-backup', to, { endpoint: 'http://127.0.0.1:1' });
  assert.equal(gone.code, 3, gone.log);
});

test('a clock that is wrong is told, and signatures go by that of the store', async () => {
  const place = await bucket('skewed');
  const env = {
    LD_PRELOAD: '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
    FAKETIME: '+2h',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  const listed = await run('db-backup', ['list', '--to', `s3://${place}`], { env });
  assert.equal(listed.code, 0, listed.log);
  assert.match(listed.log, /clock differs from the store's by -7\d\d\d s/);
});

test('no secret was shown or left behind', () => {
  assert.ok(said.length > 10_000);
  assert.ok(!said.includes(secret));
  const grep = (word) => {
    try {
      return execFileSync('grep', ['-rlF', word, '--exclude=identity', '--exclude=other', folder]).toString();
    } catch (error) {
      return error.status === 1 ? '' : String(error);
    }
  };
  assert.equal(grep(secret), '');
  assert.equal(grep('AGE-SECRET-KEY'), '');
});
