// A private PostgreSQL for one test run: a fresh directory, a Unix socket, no network.
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BIN = process.env.PG_BINDIR ?? '/usr/lib/postgresql/15/bin';
const PORT = 5499;
const QUIET =
  '-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=40';

// PostgreSQL refuses to run as root.
function asServerUser(program, args) {
  const command = [join(BIN, program), ...args];
  return process.getuid() === 0
    ? ['runuser', ['-u', 'postgres', '--', ...command]]
    : [command[0], command.slice(1)];
}

function giveToServerUser(dir) {
  if (process.getuid() !== 0) return;
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  chownSync(dir, id('-u'), id('-g'));
}

export async function startCluster() {
  const dir = mkdtempSync(join(tmpdir(), 'sample-app-pg-'));
  const data = join(dir, 'data');
  chmodSync(dir, 0o755);
  giveToServerUser(dir);

  const stopServer = () => {
    if (existsSync(join(data, 'postmaster.pid'))) {
      const [file, args] = asServerUser('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop']);
      execFileSync(file, args, { stdio: 'ignore', cwd: '/' });
    }
  };
  const remove = () => {
    try {
      stopServer();
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  };
  // Also when the test run itself fails or is interrupted.
  process.once('exit', remove);
  // Not `once`: the test runner repeats the signal, and the second must not cut the first short.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

  const server = async (program, args) => run(...asServerUser(program, args), { cwd: '/' });
  const start = () =>
    server('pg_ctl', [
      '-D',
      data,
      '-l',
      join(dir, 'server.log'),
      '-o',
      `-k ${dir} -p ${PORT} -c listen_addresses= ${QUIET}`,
      '-w',
      'start',
    ]);

  await server('initdb', [
    '-D',
    data,
    '-U',
    'slipway',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  ]);
  await start();

  const psql = (database, ...args) =>
    run(
      'psql',
      [
        '-X',
        '-q',
        '-A',
        '-t',
        '-v',
        'ON_ERROR_STOP=1',
        '-h',
        dir,
        '-p',
        String(PORT),
        '-U',
        'slipway',
        '-d',
        database,
        ...args,
      ],
      {
        encoding: 'utf8',
      },
    ).then(({ stdout }) => stdout.trim());

  return {
    start,
    stop: async () => stopServer(),
    remove: () => {
      process.removeListener('exit', remove);
      remove();
    },
    url: (database) =>
      `postgresql:///${database}?host=${encodeURIComponent(dir)}&port=${PORT}&user=slipway`,
    query: (database, sql) => psql(database, '-c', sql),
    load: (database, ...files) => psql(database, ...files.flatMap((file) => ['-f', file])),
  };
}
