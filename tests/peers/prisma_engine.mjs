// Prisma's real schema engine on a database: what `prisma migrate deploy`, `status` and `resolve`
// call, without Prisma's command line, whose engine is a download.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';

// The package's own entry wants a bundler that imports .wasm files.
const entry = import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg');
const imports = { ...glue };
// The engine leaves the 10 s timer of its lock running, which would keep the process.
for (const name of Object.keys(glue).filter((key) => key.startsWith('__wbg_setTimeout'))) {
  imports[name] = (action, milliseconds) => setTimeout(action, milliseconds).unref();
}
const { instance } = await WebAssembly.instantiate(
  readFileSync(new URL('schema_engine_bg.wasm', entry)),
  { './schema_engine_bg.js': imports },
);
glue.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start();

const datamodel = 'datasource db {\n  provider = "postgresql"\n}\n';
const filters = { externalTables: [], externalEnums: [] };

/** Makes connections for the engine, and notes them in `opened`. */
function factory(url, opened) {
  const made = new PrismaPg({
    connectionString: url,
    max: 3,
    idleTimeoutMillis: 50,
    allowExitOnIdle: true,
  });
  const connect = made.connect.bind(made);
  made.connect = async () => {
    const adapter = await connect();
    opened.push(adapter);
    // The native engine sends a file as one query; the adapter's own way cuts at every semicolon,
    // function bodies included.
    adapter.executeScript = async (script) => {
      try {
        await adapter.underlyingDriver().query(script);
      } catch (error) {
        adapter.onError(error);
      }
    };
    return adapter;
  };
  return bindMigrationAwareSqlAdapterFactory(made);
}

function list(folder) {
  const lock = join(folder, 'migration_lock.toml');
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir: folder,
    shadowDbInitScript: '',
    lockfile: {
      path: 'migration_lock.toml',
      content: existsSync(lock) ? readFileSync(lock, 'utf8') : null,
    },
    migrationDirectories: names.map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: readFileSync(join(folder, name, 'migration.sql'), 'utf8') },
      },
    })),
  };
}

/** One command on an engine of its own, as each run of Prisma's command line has one. */
async function call(url, command, parameters) {
  const opened = [];
  const engine = await glue.SchemaEngine.new(
    { datamodels: [['schema.prisma', datamodel]] },
    () => {},
    factory(url, opened),
  );
  try {
    return await engine[command](parameters);
  } finally {
    engine.free();
    // Its pools would keep the process for their idle time, and Prisma's lock with it.
    await Promise.all(opened.map((adapter) => adapter.dispose()));
  }
}

/** `prisma migrate deploy`: the names it applied; throws with Prisma's message and code. */
export async function deploy(url, folder) {
  const done = await call(url, 'applyMigrations', { migrationsList: list(folder), filters });
  return done.appliedMigrationNames;
}

/** What `prisma migrate status` is made of. */
export function diagnose(url, folder) {
  return call(url, 'diagnoseMigrationHistory', {
    migrationsList: list(folder),
    optInToShadowDatabase: false,
    filters,
  });
}

/** `prisma migrate resolve --applied`. */
export function markApplied(url, folder, name) {
  return call(url, 'markMigrationApplied', { migrationsList: list(folder), migrationName: name });
}

/** `prisma migrate resolve --rolled-back`. */
export function markRolledBack(url, name) {
  return call(url, 'markMigrationRolledBack', { migrationName: name });
}
