// smoke.mjs BIN LOOP RUSAGE NGINX FOLDER: one check and 200 of them, by smoke-http, a plain libcurl
// loop, and the other runners that are installed (npm ci in tests/bench), against nginx on the
// loopback interface; in turns, so that a busy moment of the machine meets all of them. A check is
// a GET whose status, content type and two values of its JSON have to be right. Each contender has
// to turn red first, where one value is another. Nothing fails for being slow.
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [bin, loop, rusage, nginx, folder] = process.argv.slice(2);
const modules = join(dirname(fileURLToPath(import.meta.url)), 'node_modules');
const program = (name) => join(modules, '.bin', name);
const put = (path, text) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
  return join(folder, path);
};
const numbers = (count) => Array.from({ length: count }, (_, index) => index + 1);

const answer = {
  status: 'healthy', version: '1.4.2', uptime_s: 86400,
  services: Object.fromEntries(['database', 'cache', 'queue', 'storage', 'mail', 'search', 'auth', 'migrations'].map(
    (name) => [name, { status: 'healthy', latency_ms: 3, detail: `the service ${name} answers as it should` }])),
};

/** nginx, unprivileged, on a free port of the loopback interface; resolves to its URL. */
async function serve() {
  const port = await new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
  put('www/check.json', JSON.stringify(answer));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, 'nginx', name)};`).join(' ');
  const configuration = put('nginx/nginx.conf', `daemon off; worker_processes 1; pid ${join(folder, 'nginx', 'pid')};
error_log ${join(folder, 'nginx', 'error.log')};
events { worker_connections 256; }
http {
  access_log off; ${temporary}
  types { application/json json; }
  server { listen 127.0.0.1:${port}; root ${join(folder, 'www')}; }
}
`);
  const unprivileged = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};
  if (unprivileged.uid) chownSync(join(folder, 'nginx'), unprivileged.uid, unprivileged.gid);
  const server = spawn(nginx, ['-c', configuration, '-e', join(folder, 'nginx', 'error.log')], { stdio: 'ignore', ...unprivileged });
  const url = `http://127.0.0.1:${port}/check.json`;
  for (let left = 200; ; left -= 1) {
    const status = await fetch(url).then(async (response) => (await response.text(), response.status)).catch(() => 0);
    if (status === 200) return { server, url };
    if (left === 0 || server.exitCode !== null) throw new Error(`nginx did not start: ${server.exitCode}`);
    await new Promise((resolve) => { setTimeout(resolve, 25); });
  }
}

/** The same checks in the form of each runner; `latency` is the value that is expected. */
function write(url, count, latency, root) {
  const test = (number) => `${url}?n=${number}`;
  put(`${root}/suite.yaml`, `name: bench\nsteps:\n${numbers(count).map((number) => `  - id: s${number}
    get: ${test(number)}
    expect:
      status: 200
      header: { content-type: application/json }
      jq: { .status: healthy, .services.database.latency_ms: ${latency} }
`).join('')}`);
  put(`${root}/suite.json`, JSON.stringify({
    name: 'bench',
    steps: numbers(count).map((number) => ({
      id: `s${number}`, get: test(number),
      expect: {
        status: 200, header: { 'content-type': 'application/json' },
        jq: { '.status': 'healthy', '.services.database.latency_ms': latency } },
    })),
  }));
  put(`${root}/newman.json`, JSON.stringify({
    info: { name: 'bench', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
    item: numbers(count).map((number) => ({
      name: `s${number}`,
      request: { method: 'GET', url: test(number) },
      event: [{ listen: 'test', script: { type: 'text/javascript', exec: [
        "pm.test('check', () => { pm.response.to.have.status(200);",
        "pm.expect(pm.response.headers.get('content-type')).to.eql('application/json');",
        "const json = pm.response.json(); pm.expect(json.status).to.eql('healthy');",
        `pm.expect(json.services.database.latency_ms).to.eql(${latency}); });`] } }],
    })),
  }));
  put(`${root}/stepci.yaml`, `version: "1.1"\nname: bench\ntests:\n  bench:\n    steps:\n${numbers(count).map((number) => `      - name: s${number}
        http:
          url: ${test(number)}
          method: GET
          check:
            status: 200
            headers: { content-type: application/json }
            jsonpath: { $.status: healthy, $.services.database.latency_ms: ${latency} }
`).join('')}`);
  put(`${root}/bench.http`, numbers(count).map((number) => `###\nGET ${test(number)}\n\n?? status == 200
?? header content-type == application/json
?? js response.parsedBody.status == healthy\n?? js response.parsedBody.services.database.latency_ms == ${latency}\n`).join('\n'));
  put(`${root}/bruno/bruno.json`, JSON.stringify({ version: '1', name: 'bench', type: 'collection' }));
  for (const number of numbers(count)) {
    put(`${root}/bruno/s${number}.bru`, `meta {\n  name: s${number}\n  type: http\n  seq: ${number}\n}\n
get {\n  url: ${test(number)}\n  body: none\n  auth: none\n}\n
assert {\n  res.status: eq 200\n  res.headers['content-type']: eq application/json\n  res.body.status: eq healthy
  res.body.services.database.latency_ms: eq ${latency}\n}\n`);
  }
  put(`${root}/loop.sh`, `set -eu
for n in $(seq ${count}); do
  out=$(curl -s -w '\\n%{http_code} %{content_type}' "${url}?n=$n")
  [ "$(printf '%s' "$out" | tail -n 1)" = '200 application/json' ]
  printf '%s' "$out" | sed '$d' | jq -e '.status == "healthy" and .services.database.latency_ms == ${latency}' >/dev/null
done
`);
  return join(folder, root);
}

const contenders = (url) => [
  { name: 'smoke-http', args: () => [join(bin, 'smoke-http'), 'suite.yaml', '--log-level', 'warning'] },
  { name: 'smoke-http, the suite in JSON', args: () => [join(bin, 'smoke-http'), 'suite.json', '--log-level', 'warning'] },
  { name: 'libcurl loop (C++)', plain: true, args: (root, count) => [loop, url, String(count)] },
  { name: 'Step CI 2.8.2', needs: program('stepci'), args: () => [program('stepci'), 'run', 'stepci.yaml'] },
  { name: 'httpYac 6.16.7', needs: program('httpyac'), args: () => [program('httpyac'), 'send', 'bench.http', '--all', '--silent'] },
  { name: 'Newman 6.2.2', needs: program('newman'), args: () => [program('newman'), 'run', 'newman.json', '--silent'] },
  { name: 'Bruno CLI 4.1.0', needs: program('bru'), cwd: 'bruno', args: () => [program('bru'), 'run'] },
  { name: 'bash, curl and jq', args: () => ['bash', 'loop.sh'] },
].filter(({ needs }) => !needs || existsSync(needs));

function take(contender, root, count) {
  const run = spawnSync(rusage, contender.args(root, count), {
    cwd: join(root, contender.cwd ?? ''), encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder, STEPCI_DISABLE_ANALYTICS: '1', SLIPWAY_DIR: join(folder, 'records'), NO_COLOR: '1' } });
  return JSON.parse(run.stdout);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function compare(title, runs, list, root, count) {
  const taken = list.map(() => []);
  const failed = list.map(() => 0);
  for (let round = 0; round < runs; round += 1) {
    list.forEach((one, index) => {
      const made = take(one, root, count);
      taken[index].push(made);
      failed[index] += made.code === 0 ? 0 : 1;
    });
  }
  const load = loadavg()[0].toFixed(1);
  console.log(`\n${`${title} (${runs} runs, load ${load})`.padEnd(38)}   median      min      max  ms   CPU ms    peak MB    ratio`);
  const first = median(taken[0].map(({ wall }) => wall));
  list.forEach(({ name }, index) => {
    const walls = taken[index].map(({ wall }) => wall);
    const figure = (value, width = 9) => value.toFixed(1).padStart(width);
    console.log(name.padEnd(38) + [median(walls), Math.min(...walls), Math.max(...walls)].map((one) => figure(one)).join('')
      + figure(median(taken[index].map(({ cpu }) => cpu)), 13) + figure(Math.max(...taken[index].map(({ rss }) => rss)) / 1024, 11)
      + (median(walls) / first).toFixed(2).padStart(9) + (failed[index] ? `   ${failed[index]} of them red` : ''));
  });
}

const { server, url } = await serve();
try {
  const all = contenders(url);
  const missing = ['stepci', 'httpyac', 'newman', 'bru'].filter((name) => !existsSync(program(name)));
  if (missing.length > 0) console.log(`not installed here (npm ci in tests/bench): ${missing.join(', ')}`);
  const red = write(url, 1, 4, 'red');
  for (const one of all.filter(({ plain }) => !plain)) {
    if (take(one, red, 1).code === 0) throw new Error(`${one.name} is green where a value is wrong`);
  }
  const single = write(url, 1, 3, 'single');
  const many = write(url, 200, 3, 'many');
  compare('one check', Number(process.env.RUNS ?? 7), all, single, 1);
  compare('200 checks', Number(process.env.RUNS ?? 5), all, many, 200);
} finally {
  server.kill('SIGTERM');
}
