import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import type { QueryRunner } from 'typeorm';
import { UsageAndTraces1760000000200 } from '../../../migrations/1760000000200-usage-and-traces.js';
import { createId } from '../../common/ids.js';
import { ALL_MIGRATIONS } from '../../storage/database/data-source.js';
import { PgSqlClient } from '../../storage/database/pg-sql-client.js';
import type { UsageEvent } from './usage-event.js';
import { USAGE_ROLLUPS } from './usage-rollups.js';

export interface TestDatabase {
  url: string;
  pool: Pool;
  sql: PgSqlClient;
  migration: { up(): Promise<void>; down(): Promise<void> };
  drop(): Promise<void>;
}

/** A database of its own on the server of TEST_DATABASE_URL, with the tables of all migrations; `migration` is that of usage and traces. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = process.env.TEST_DATABASE_URL;
  if (serverUrl === undefined) throw new Error('TEST_DATABASE_URL is not set');
  const server = new Pool({ connectionString: serverUrl, max: 1 });
  const name = `usage_${randomUUID().replaceAll('-', '')}`;
  await server.query(`CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const pool = new Pool({ connectionString: url.href, max: 6 });
  const runner = { query: (text: string) => pool.query(text) } as unknown as QueryRunner;
  const migration = new UsageAndTraces1760000000200();
  for (const Migration of ALL_MIGRATIONS) await new Migration().up(runner);
  return {
    url: url.href,
    pool,
    sql: new PgSqlClient(pool),
    migration: { up: () => migration.up(runner), down: () => migration.down(runner) },
    async drop() {
      await pool.end();
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await server.end();
    },
  };
}

/** Empties the ledger and its roll-ups. */
export async function truncateUsage({ pool }: TestDatabase): Promise<void> {
  const tables = ['usage_ledger', ...USAGE_ROLLUPS.map(({ table }) => table)];
  await pool.query(`TRUNCATE ${tables.join(', ')}`);
}

export function createTestDirectory(): string {
  return fs.mkdtempSync(join(tmpdir(), 'tokenpak-journal-'));
}

export function createUsageEvent(changes: Partial<UsageEvent> = {}): UsageEvent {
  return {
    id: createId(),
    startedAtMs: Date.UTC(2026, 4, 17, 10, 3),
    durationMs: 123.456,
    tenantId: createId(),
    keyId: createId(),
    user: null,
    tags: {},
    dialect: 'openai-chat',
    model: 'gpt-4o-mini',
    providerId: createId(),
    deploymentId: createId(),
    upstreamModel: 'gpt-4o-mini-2024-07-18',
    status: 200,
    errorCode: null,
    streamed: false,
    cache: 'miss',
    attempts: 1,
    inputTokens: 100,
    outputTokens: 20,
    cacheReadTokens: 5,
    cacheWriteTokens: 0,
    reasoningTokens: null,
    countSource: 'provider',
    costNanoUsd: '123456',
    costEstimated: false,
    ...changes,
  };
}
