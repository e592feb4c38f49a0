import { setTimeout as sleep } from 'node:timers/promises';
import { readGatewayNumbers } from './gateway-numbers.ts';
import type { Postgres } from './postgres.ts';

export interface CountCheck {
  name: string;
  expected: number;
  ledger: number;
  metrics: number;
  traces: number;
  /** Rows for which the ledger has more than one. */
  duplicates: number;
  isEqual: boolean;
}

const SETTLE_MS = 15_000;

export interface CountSource {
  name: string;
  origin: string;
  adminToken: string;
  databaseUrl: string;
}

/** Waits until the ledger's batches have arrived, then compares all counts with the requests that were sent. */
export async function verifyCounts(
  postgres: Postgres,
  source: CountSource,
  expected: number,
): Promise<CountCheck> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const check = await readCounts(postgres, source, expected);
    if (check.isEqual || performance.now() > deadline) return check;
    await sleep(200);
  }
}

async function readCounts(postgres: Postgres, source: CountSource, expected: number): Promise<CountCheck> {
  const sql = 'SELECT count(*)::int AS rows, count(DISTINCT id)::int AS ids FROM usage_ledger';
  const [row] = await postgres.query(source.databaseUrl, sql);
  const ledger = Number(row?.['rows']);
  const { requests: metrics, traces } = await readGatewayNumbers(source.origin, source.adminToken);
  const duplicates = ledger - Number(row?.['ids']);
  const isEqual = [ledger, metrics, traces].every((count) => count === expected) && duplicates === 0;
  return { name: source.name, expected, ledger, metrics, traces, duplicates, isEqual };
}
