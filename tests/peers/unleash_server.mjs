// Starts Unleash, a service of feature flags on PostgreSQL: DATABASE PORT. Ends by a signal.
import { start } from 'unleash-server';

const [databaseUrl, port] = process.argv.slice(2);
await start({
  databaseUrl,
  db: { ssl: false },
  server: { port: Number(port), host: '127.0.0.1' },
  authentication: { type: 'none' },
  versionCheck: { enable: false },
  telemetry: false,
  disableScheduler: true,
  logLevel: 'error',
});
process.send('up');
