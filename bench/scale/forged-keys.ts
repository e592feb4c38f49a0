import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { LoadPlan, LoadResult } from '../processes/load-plan.ts';
import { buildBodyParts } from '../scenarios.ts';
import type { BenchStack, RunningGateway } from '../stack/bench-stack.ts';
import { type Child, receiveMessage } from '../stack/child-process.ts';
import { readCpuMicros } from '../stack/process-figures.ts';
import { median } from '../statistics.ts';

const ROUNDS = 5;
const KEYS_A_ROUND = 20_000;
/** Refused by its checksum, before anything is looked up. */
const NONSENSE = ['tpk_nonsense'];
/** What the gateway asks PostgreSQL by itself: polls and heartbeats. */
const OWN_QUERIES_A_SECOND = 12;
/** PostgreSQL's counters are written at the end of a connection's turn, at most once a second. */
const COUNTERS_SETTLE_MS = 1_500;

export interface ForgedKeysFigures {
  /** CPU above that of a request whose key is refused by its checksum: the cost of HTTP is left out. Median, microseconds. */
  micros: number;
  everyRound: number[];
  /** CPU of the whole refused request, microseconds. */
  requestMicros: number;
  queries: number;
  sent: number;
}

/** Floods a gateway with well-formed keys that nobody made, in turn with nonsense; no forged key is sent twice. */
export async function floodWithForgedKeys(
  root: string,
  load: Child,
  gateway: RunningGateway,
  stack: BenchStack,
): Promise<ForgedKeysFigures> {
  const flood = async (): Promise<number> =>
    measureRefused(load, gateway, await createForgedKeys(root, KEYS_A_ROUND));
  // The first thousands of either kind also pay for the compiler.
  await flood();
  await measureRefused(load, gateway, NONSENSE);

  const before = await countQueries(stack, gateway);
  const startedMs = performance.now();
  const refused: number[] = [];
  const everyRound: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const nonsense = await measureRefused(load, gateway, NONSENSE);
    const forged = await flood();
    refused.push(forged);
    everyRound.push(forged - nonsense);
  }
  const after = await countQueries(stack, gateway);
  const ownQueries = ((performance.now() - startedMs) / 1_000) * OWN_QUERIES_A_SECOND;
  return {
    micros: median(everyRound),
    everyRound,
    requestMicros: median(refused),
    queries: Math.max(0, Math.round(after - before - ownQueries)),
    sent: ROUNDS * KEYS_A_ROUND,
  };
}

/** Keys with a right checksum that no gateway has ever stored. */
export async function createForgedKeys(root: string, count: number): Promise<string[]> {
  const file = pathToFileURL(join(root, 'dist/src/tenancy/key-format.js')).href;
  const { generateKey } = (await import(file)) as { generateKey: (prefix: string) => string };
  return Array.from({ length: count }, () => generateKey('tpk_'));
}

async function countQueries({ postgres }: BenchStack, gateway: RunningGateway): Promise<number> {
  if (postgres === null) throw new Error('PostgreSQL is not running');
  await sleep(COUNTERS_SETTLE_MS);
  const sql = 'SELECT xact_commit::int AS count FROM pg_stat_database WHERE datname = current_database()';
  const [row] = await postgres.query(gateway.options.databaseUrl, sql);
  return Number(row?.['count']);
}

/** CPU of the gateway per request, microseconds. */
async function measureRefused(load: Child, gateway: RunningGateway, keys: string[]): Promise<number> {
  const before = readCpuMicros(gateway.process.pid);
  const plan: LoadPlan = {
    origin: gateway.process.origin,
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json' },
    bearerTokens: keys,
    bodyParts: buildBodyParts({ size: 'small', model: 'bench', streams: false }),
    uniquePrefix: null,
    connections: 64,
    ratePerSecond: null,
    durationMs: 60_000,
    maxRequests: KEYS_A_ROUND,
    streams: false,
  };
  load.process.send(plan);
  const answer = await receiveMessage<{ type: string; result: LoadResult; message: string }>(load, 120_000);
  if (answer.type !== 'result') throw new Error(answer.message);
  return (readCpuMicros(gateway.process.pid) - before) / answer.result.sent;
}
