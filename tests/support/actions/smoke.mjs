// smoke-http run beside a server of the same test.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin } from './site.mjs';

/// A folder that is gone after the test.
export function scratch(t) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-smoke-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/// A server that answers by `handle(request, response, body)`; its URL, and what it was asked.
export async function serve(t, handle, { host = '127.0.0.1' } = {}) {
  const asked = [];
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      asked.push({ method: request.method, url: request.url, headers: request.headers, body });
      handle(request, response, body);
    });
  });
  await new Promise((done) => server.listen(0, host, done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const shown = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${shown}:${server.address().port}`, asked, server };
}

export const json = (response, status, value, headers = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
};

function everythingBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath ?? entry.path, entry.name), 'latin1'))
    .join('\n');
}

/// Runs smoke-http, or another `program`, to its end; `signal` sends SIGTERM (or another one) that many milliseconds later.
/// `time` measures the peak of its memory in KiB.
export function smoke(folder, args, { env = {}, signal, after = 300, time = false, program: name = 'smoke-http' } = {}) {
  const records = join(folder, 'records');
  rmSync(records, { recursive: true, force: true });
  const started = performance.now();
  const tool = [join(bin, name), ...args, '--color', 'never'];
  const peak = join(folder, 'peak');
  const measure = `import os,sys;s=os.wait4(os.spawnv(os.P_NOWAIT,sys.argv[2],sys.argv[2:]),0);open(sys.argv[1],'w').write(str(s[2].ru_maxrss));sys.exit(os.waitstatus_to_exitcode(s[1]))`;
  const [program, ...words] = time ? ['python3', '-c', measure, peak, ...tool] : tool;
  const child = spawn(program, words, {
    cwd: folder,
    env: { PATH: process.env.PATH, SLIPWAY_DIR: records, ...env },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  const timer = signal && setTimeout(() => child.kill(signal), after);
  return new Promise((done) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      const verb = args[0] === 'import' ? 'import' : 'run';
      const file = ['', `-${verb}`].map((end) => join(records, `${name}${end}.json`)).find(existsSync);
      const record = file && JSON.parse(readFileSync(file, 'utf8'));
      const checks = Object.fromEntries((record?.checks ?? []).map((check) => [check.id, check]));
      done({
        code,
        out,
        err,
        record,
        checks,
        took: performance.now() - started,
        peak: time ? Number(readFileSync(peak, 'utf8')) : undefined,
        /// All that the run wrote anywhere.
        written: out + err + everythingBelow(records),
      });
    });
  });
}

/// Writes a suite and runs it.
export function run(folder, suite, args = [], options = {}) {
  const file = join(folder, 'suite.yaml');
  writeFileSync(file, suite);
  return smoke(folder, [file, ...args], options);
}

/// A server of bytes, for what no HTTP library would send.
export async function raw(t, handle) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => handle(socket));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

/// A server whose answer has a gigabyte; returns its address.
export function gigabyte(t) {
  const block = Buffer.alloc(1 << 20, 'x');
  return raw(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n');
    let left = 1024;
    const pump = () => {
      while (left-- > 0) if (!socket.write(block)) return socket.once('drain', pump);
    };
    pump();
  });
}

/// A self-signed certificate for localhost and 127.0.0.1, in FOLDER/NAME.pem; `days: 0` has just expired.
export function certificate(folder, name, { days = 30 } = {}) {
  const key = join(folder, `${name}.key`);
  const cert = join(folder, `${name}.pem`);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'ignore' });
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '30', ...names);
  if (days !== 30) openssl('x509', '-in', cert, '-signkey', key, '-days', String(days), '-out', cert);
  return { file: cert, key: readFileSync(key), cert: readFileSync(cert) };
}
