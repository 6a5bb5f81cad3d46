// OpenStack Swift with its s3api, of the distribution's packages: a store that really verifies
// signatures. One device, one replica, in a folder that goes with the server; where root runs this,
// the daemons run as the user `swift` of the packages.
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './postgres.mjs';
import { asRoot } from './tools.mjs';

export const key = 'test:tester';
export const secret = 'swift-Secret_0f1e2d3c4b5a';

const user = asRoot ? 'swift' : execFileSync('id', ['-un']).toString().trim();
const idOf = (flag) => Number(execFileSync('id', [flag, user]).toString());
const owner = { uid: idOf('-u'), gid: idOf('-g') };

const storage = (name, port, folder) => `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${user}
swift_dir = ${folder}
devices = ${folder}/devices
mount_check = false
log_udp_host =
[pipeline:main]
pipeline = ${name}-server
[app:${name}-server]
use = egg:swift#${name}
`;

const proxy = (port, folder) => `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${user}
swift_dir = ${folder}
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth bulk slo dlo versioned_writes proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:cache]
use = egg:swift#memcache
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = ${secret} .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
`;

/** Starts it; `stop()` ends it and removes its folder. */
export async function startSwift() {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-swift-'));
  const place = join(folder, 'devices', 'sdb1');
  mkdirSync(place, { recursive: true });
  for (const each of [folder, join(folder, 'devices'), place]) {
    chownSync(each, owner.uid, owner.gid);
  }
  writeFileSync(
    join(folder, 'swift.conf'),
    '[swift-hash]\nswift_hash_path_suffix = a\nswift_hash_path_prefix = b\n' +
      '[storage-policy:0]\nname = one\ndefault = yes\n',
  );
  const names = ['account', 'container', 'object', 'proxy'];
  const ports = {};
  for (const name of names) ports[name] = await freePort();
  for (const name of names.slice(0, 3)) {
    const builder = join(folder, `${name}.builder`);
    const ring = (...args) => execFileSync('swift-ring-builder', [builder, ...args]);
    ring('create', '4', '1', '0');
    ring('add', `r1z1-127.0.0.1:${ports[name]}/sdb1`, '1');
    try {
      ring('rebalance');
    } catch (error) {
      if (error.status !== 1) throw error; // 1 is a warning
    }
    writeFileSync(join(folder, `${name}.conf`), storage(name, ports[name], folder));
  }
  writeFileSync(join(folder, 'proxy.conf'), proxy(ports.proxy, folder));
  const log = join(folder, 'log');
  writeFileSync(log, '');
  chownSync(log, owner.uid, owner.gid);
  const children = names.map((name) =>
    // They end with us, however we end.
    spawn('setpriv', ['--pdeathsig', 'KILL', 'sh', '-c', `exec swift-${name}-server ${folder}/${name}.conf -v >> ${log} 2>&1`], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder, SWIFT_CONF_DIR: folder },
      cwd: folder,
      stdio: 'ignore',
      ...(asRoot ? owner : {}),
    }),
  );
  const stop = async () => {
    for (const child of children) child.kill('SIGKILL');
    await sleep(100);
    rmSync(folder, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${ports.proxy}`;
  for (let attempt = 0; attempt < 300; attempt += 1) {
    try {
      if ((await fetch(`${endpoint}/healthcheck`)).ok) return { endpoint, port: ports.proxy, stop, folder };
    } catch {
      await sleep(100);
    }
    if (children.some((child) => child.exitCode !== null)) break;
  }
  const said = readFileSync(log, 'utf8');
  await stop();
  throw new Error(`swift did not start: ${said.slice(-2000)}`);
}
