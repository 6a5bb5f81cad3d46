// links.mjs BIN PSQL URL MIGRATIONS PG: links-migrate against one INSERT … SELECT of the same data and
// the usual script in Node, row by row, on one server, taken in turns so that a busy moment of the
// machine meets all of them. Beside the time stands the CPU time of server and client, which other work
// on the machine does not change. SLIPWAY_BENCH_LINKS: numbers of profiles, separated by commas (ten million
// are asked for so); SLIPWAY_BENCH_ROUNDS: how often;
// SLIPWAY_BENCH_ONLY: a part of the contenders' names. Nothing fails for being slow; it fails where
// the contenders have not written the same.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

const [bin, psql, server, migrations, pgFolder] = process.argv.slice(2);
const { Client } = createRequire(join(pgFolder, 'package.json'))('pg');
const sizes = (process.env.SLIPWAY_BENCH_LINKS ?? '10000,100000,1000000').split(',').map(Number);
const rowByRowProfiles = 5000;

function ask(url, ...sql) {
  const args = ['-qAtX', '-v', 'ON_ERROR_STOP=1', url, ...sql.flatMap((one) => ['-c', one])];
  const run = spawnSync(psql, args, { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${run.stderr}`);
  return run.stdout.trim();
}
const named = (database) => server.replace(/\/postgres(\?|$)/, `/${database}$1`);

/** A database with so many profiles; every fifth of another shape; keys in no order, as uuids are. */
function make(database, profiles) {
  ask(server, `create database ${database}`, `alter database ${database} set search_path = public`);
  const url = named(database);
  for (const name of readdirSync(migrations).sort()) {
    if (name.endsWith('.toml')) continue;
    ask(url, readFileSync(join(migrations, name, 'migration.sql'), 'utf8'));
  }
  ask(
    url,
    'create unique index on profile_links ("profileId", type, url)',
    `insert into users (id, email, "passwordHash", "updatedAt")
     select md5('user:' || n)::uuid, n || '@example.com', 'x', now() from generate_series(1, ${profiles}) n`,
    `insert into profiles (id, "userId", "displayName", "socialLinks", "updatedAt")
     select md5('profile:' || n)::uuid, md5('user:' || n)::uuid, 'Person', case n % 5
       when 0 then jsonb_build_object('website', 'https://person' || n || '.example', 'imdb',
         'https://www.imdb.com/name/nm' || n || '/', 'showreel', 'https://video.example/' || n)
       when 1 then jsonb_build_array('https://person' || n || '.example', 'https://blog.example/' || n,
         'https://video.example/watch?v=' || n)
       when 2 then jsonb_build_array(
         jsonb_build_object('type', 'imdb', 'label', 'IMDb', 'url', 'https://www.imdb.com/name/nm' || n || '/'),
         jsonb_build_object('type', 'website', 'label', 'Home page', 'url', 'https://person' || n || '.example'),
         jsonb_build_object('type', 'podcast', 'url', 'https://podcast.example/' || n))
       when 3 then jsonb_build_object('linkedin', 'https://linkedin.example/in/p' || n, 'instagram',
         'https://instagram.example/p' || n, 'facebook', 'https://facebook.example/' || n, 'twitter', '@p' || n)
       else jsonb_build_object('website', 'https://person' || n || '.example', 'imdb',
         'https://www.imdb.com/name/nm' || n || '/') end, now()
     from generate_series(1, ${profiles}) n`,
    'vacuum analyze users',
    'vacuum analyze profiles',
  );
}

// What people write who do it in one statement; it judges addresses by a pattern alone.
const oneStatement = `
insert into profile_links (id, "userId", "profileId", label, url, type, position, "createdAt", "updatedAt")
select gen_random_uuid(), "userId", key, left(label, 40), url, type::"LinkType",
       row_number() over (partition by key order by n) - 1, now(), now()
from (
  select distinct on (key, type, url) * from (
    select p.id as key, p."userId", i.n, i.url, coalesce(i.label, i.word, split_part(i.url, '/', 3)) as label,
           case when lower(i.word) in ('website', 'imdb', 'showreel') then lower(i.word) else 'other' end as type
    from profiles p cross join lateral (
      select e.n, e.k as word, case jsonb_typeof(e.v) when 'object' then e.v ->> 'url' else e.v #>> '{}' end as url,
             e.v ->> 'label' as label
      from jsonb_each(case jsonb_typeof(p."socialLinks") when 'object' then p."socialLinks" else '{}' end)
           with ordinality e(k, v, n)
      union all
      select e.n, e.v ->> 'type', case jsonb_typeof(e.v) when 'object' then e.v ->> 'url' else e.v #>> '{}' end,
             e.v ->> 'label'
      from jsonb_array_elements(case jsonb_typeof(p."socialLinks") when 'array' then p."socialLinks" else '[]' end)
           with ordinality e(v, n)
    ) i
    where i.url ~* '^https?://[^[:space:]]+$'
  ) judged order by key, type, url, n
) once
on conflict do nothing`;

const ticks = (file, ...fields) => {
  const all = readFileSync(file, 'utf8').split(') ')[1].split(' ');
  return fields.reduce((sum, field) => sum + Number(all[field - 3]), 0) / 100;
};
const postmaster = readFileSync(join(ask(server, 'show data_directory'), 'postmaster.pid'), 'utf8').split('\n')[0];
// Fields 16 and 17 of proc(5) are what children took that have ended, 14 and 15 the process's own.
const serverCpu = () => ticks(`/proc/${postmaster}/stat`, 16, 17);
const clientCpu = (one) => ticks('/proc/self/stat', ...(one === rowByRow ? [14, 15] : [16, 17]));

/** Wall seconds and the greatest resident memory in MB of a program, which must succeed. */
function timed(command, args, env) {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let peak = 0;
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { said += text; });
    const watch = setInterval(() => {
      try {
        const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
      } catch { /* it has ended */ }
    }, 20);
    child.on('close', (status) => {
      clearInterval(watch);
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      if (status !== 0) reject(new Error(`${command} ended with ${status}: ${said}`));
      else resolve({ seconds, megabytes: peak / 1024 });
    });
  });
}

const ours = (jobs) => ({
  name: `links-migrate --jobs ${jobs}`,
  run: (url) => timed(join(bin, 'links-migrate'), [
    '--jobs', String(jobs), '--samples', 'no', '--output', join(tmpdir(), `bench-links-${process.pid}.json`)], {
    DATABASE_URL: url, SLIPWAY_ENVIRONMENT: 'test', SLIPWAY_DIR: tmpdir() }),
});
const setBased = {
  name: 'one INSERT … SELECT',
  run: (url) => timed(psql, ['-qX', '-v', 'ON_ERROR_STOP=1', url, '-c', oneStatement], {}),
};

/** As the usual script does it: a look for the profile's links, and an insertion a link. */
const rowByRow = {
  name: 'Node, row by row',
  part: rowByRowProfiles,
  run: async (url) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    const start = process.hrtime.bigint();
    const { rows } = await client.query(
      `select id, "userId", "socialLinks" from profiles order by id limit ${rowByRowProfiles}`);
    for (const { id, userId, socialLinks } of rows) {
      const { rows: there } = await client.query('select url from profile_links where "profileId" = $1', [id]);
      const seen = new Set(there.map((one) => one.url.toLowerCase()));
      let position = seen.size;
      for (const [name, value] of Object.entries(socialLinks ?? {})) {
        const link = typeof value === 'string' ? { url: value, type: Array.isArray(socialLinks) ? 'other' : name } : value;
        if (!/^https?:\/\//.test(link.url ?? '') || seen.has(link.url.toLowerCase())) continue;
        new URL(link.url);
        seen.add(link.url.toLowerCase());
        const type = ['website', 'imdb', 'showreel'].includes(link.type) ? link.type : 'other';
        await client.query(
          `insert into profile_links (id, "userId", "profileId", label, url, type, position, "createdAt", "updatedAt")
           values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, now(), now())`,
          [userId, id, (link.label ?? link.type).slice(0, 40), link.url, type, position]);
        position += 1;
      }
    }
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    await client.end();
    return { seconds, megabytes: 0 };
  },
};

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Until the postmaster has reaped the sessions that have ended. */
const settled = () => new Promise((resolve) => { setTimeout(resolve, 300); });

for (const profiles of sizes) {
  const template = `links_${profiles}`;
  make(template, profiles);
  const contenders = [ours(2), ours(1), setBased, rowByRow]
    .filter(({ name }) => name.includes(process.env.SLIPWAY_BENCH_ONLY ?? ''));
  const taken = contenders.map(() => []);
  const written = contenders.map(() => 0);
  const peaks = contenders.map(() => 0);
  const cpu = contenders.map(() => ({ server: [], client: [] }));
  const rounds = Number(process.env.SLIPWAY_BENCH_ROUNDS ?? (profiles < 1e5 ? 5 : profiles < 1e6 ? 3 : 1));
  const loads = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, one] of contenders.entries()) {
      ask(server, `create database links_work template ${template}`, 'alter database links_work set search_path = public', 'checkpoint');
      const url = named('links_work');
      loads.push(loadavg()[0]);
      await settled();
      const before = { server: serverCpu(), client: clientCpu(one) };
      const { seconds, megabytes } = await one.run(url);
      await settled();
      cpu[index].server.push(serverCpu() - before.server);
      cpu[index].client.push(clientCpu(one) - before.client);
      taken[index].push(seconds);
      peaks[index] = Math.max(peaks[index], megabytes);
      written[index] = Number(ask(url, 'select count(*) from profile_links'));
      ask(server, 'drop database links_work with (force)');
    }
  }
  ask(server, `drop database ${template} with (force)`);
  if (new Set(written.filter((_, index) => !contenders[index].part)).size > 1) throw new Error(`they have not written the same: ${written}`);
  const rates = contenders.map((_, index) => written[index] / median(taken[index]));
  const perLink = (values, index) => ((median(values) / written[index]) * 1e6).toFixed(1).padStart(9);
  console.log(
    `\n${`${profiles.toLocaleString('en')} profiles, ${written[0].toLocaleString('en')} links (${rounds} runs)`.padEnd(52)}` +
      'median s      min      max   links/s   MB   CPU us a link    --jobs 2 is faster by\n' +
      ''.padEnd(94) + 'server   client');
  contenders.forEach(({ name, part }, index) => {
    const figures = [median(taken[index]), Math.min(...taken[index]), Math.max(...taken[index])];
    const what = part && part < profiles ? `${name} (${part.toLocaleString('en')} profiles of them)` : name;
    console.log(
      what.padEnd(52) + figures.map((one) => one.toFixed(2).padStart(9)).join('') +
        Math.round(rates[index]).toString().padStart(10) +
        (peaks[index] ? Math.round(peaks[index]).toString() : '').padStart(5) +
        perLink(cpu[index].server, index) + perLink(cpu[index].client, index) +
        (rates[0] / rates[index]).toFixed(2).padStart(10));
  });
  console.log(`load of the machine, 1 min: ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`);
}
