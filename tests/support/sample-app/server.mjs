// The sample application: reads its settings, listens on 127.0.0.1, and leaves in an orderly way.
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createApp } from './src/app.mjs';
import { readConfig } from './src/config.mjs';
import { openDatabase } from './src/db.mjs';
import { openLog } from './src/log.mjs';
import { openStorage } from './src/storage.mjs';

// Requests under way get this long; the whole exit takes less than two seconds.
const DRAIN_MS = 1200;
const EXIT_MS = 1800;

function writeAtomically(file, text) {
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, text);
  renameSync(part, file);
}

function settings() {
  try {
    return readConfig(process.env);
  } catch (error) {
    process.stderr.write(`sample-app: ${error.message}\n`);
    process.exit(2);
  }
}

const config = settings();
const log = openLog(config.logFile);
const db = openDatabase(config, log);
const storage = await openStorage(config);
const server = createServer(createApp({ config, db, log, storage }));

async function leave(signal) {
  log.info('stopping', { signal });
  setTimeout(() => process.exit(0), EXIT_MS).unref();
  setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref();
  const closed = new Promise((resolve) => {
    server.close(resolve);
  });
  server.closeIdleConnections();
  // A connection that is kept alive becomes idle only after its answer.
  setInterval(() => server.closeIdleConnections(), 25).unref();
  await closed;
  await Promise.allSettled([db.close(), storage.close()]);
  log.info('stopped', {});
  process.exit(0);
}

process.once('SIGTERM', leave);
process.once('SIGINT', leave);
process.on('SIGHUP', () => log.reopen());

server.on('error', async (error) => {
  await storage.close();
  process.stderr.write(`sample-app: cannot listen on port ${config.port}: ${error.code}\n`);
  process.exit(1);
});
server.listen(config.port, '127.0.0.1', () => {
  const { port } = server.address();
  if (config.portFile) writeAtomically(config.portFile, `${port}\n`);
  log.info('started', { version: config.version, port });
  process.stdout.write(`sample-app listening on http://127.0.0.1:${port}\n`);
});
