// Up, drift against the entities, down, up: on a database of its own. Needs a build. TEST_DATABASE_URL or an embedded server.
import { createRequire } from 'node:module';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const require = createRequire(import.meta.url);
require('reflect-metadata');
const { createDataSource } = await import('../dist/src/storage/database/data-source.js');

const server = process.env.TEST_DATABASE_URL ? null : await startServer();
const databaseUrl = process.env.TEST_DATABASE_URL ?? server.url;
const name = `migrations_check_${process.pid}`;
try {
  await onDatabase(databaseUrl, (source) => source.query(`CREATE DATABASE ${name}`));
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  try {
    await onDatabase(url.href, checkMigrations);
  } finally {
    await onDatabase(databaseUrl, (source) => source.query(`DROP DATABASE ${name} WITH (FORCE)`));
  }
  process.stdout.write('Migrations: up, no drift, down, up\n');
} finally {
  await server?.stop();
}

async function checkMigrations(source) {
  await source.runMigrations();
  const { upQueries } = await source.driver.createSchemaBuilder().log();
  if (upQueries.length > 0) {
    const queries = upQueries.map(({ query }) => query).join('\n');
    throw new Error(`The entities differ from what the migrations made:\n${queries}`);
  }
  for (const _ of source.migrations) await source.undoLastMigration();
  const [left] = await source.query(
    `SELECT count(*)::int AS count FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v') AND c.relname NOT IN ('migrations', 'typeorm_metadata')`,
  );
  if (left.count > 0) throw new Error(`${left.count} tables are left after all migrations went down`);
  await source.runMigrations();
}

async function onDatabase(url, run) {
  const source = createDataSource({ databaseUrl: url, poolSize: 2 });
  await source.initialize();
  try {
    await run(source);
  } finally {
    await source.destroy();
  }
}

async function startServer() {
  const { startEmbeddedPostgres } =
    await import('../dist/src/storage/database/embedded/embedded-postgres-server.js');
  const dataDir = mkdtempSync(path.join(tmpdir(), 'tokenpak-migrations-'));
  chmodSync(dataDir, 0o711);
  const { databaseUrl, stop } = await startEmbeddedPostgres({ dataDir, onNotice: () => undefined });
  return {
    url: databaseUrl,
    stop: async () => {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
