import { setTimeout as sleep } from 'node:timers/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Measurer, type Measured } from './measure.ts';
import { parseBenchOptions } from './options.ts';
import type { LoadPlan, LoadResult } from './processes/load-plan.ts';
import { printTable } from './report/print-report.ts';
import { buildBodyParts, SCENARIOS } from './scenarios.ts';
import { measureMillionKeys } from './scale/million-keys.ts';
import { seedTenants, type SeedSize } from './scale/seed-tenants.ts';
import { type BenchStack, describeGateway, type RunningGateway } from './stack/bench-stack.ts';
import { createForgedKeys } from './scale/forged-keys.ts';
import { type Child, receiveMessage } from './stack/child-process.ts';
import { readCpuMicros, readRssMb } from './stack/process-figures.ts';
import { withStack } from './stack/with-stack.ts';
import { median } from './statistics.ts';

/**
 * Whether size costs: one gateway with an ordinary configuration and one with 10,000 tenants, 100,000 keys and 1,000 policies,
 * measured in turn. Then a flood of well-formed keys that nobody made, the start of the large one, and a million more keys.
 */
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SIZE: SeedSize = { tenants: 10_000, keysPerTenant: 10, policies: 1_000 };
const LIMITS = { cpuRatio: 1.1, startMs: 5_000, forgedMicros: 30 };
const FORGED = 20_000;

async function main(stack: BenchStack): Promise<boolean> {
  const options = parseBenchOptions(process.argv.slice(2));
  if (options === null) return true;
  const upstream = `http://127.0.0.1:${(await stack.startProcess('mock-upstream')).port}`;
  await stack.startStores(false);
  const small = await stack.startGateway('small', upstream);
  const large = await stack.startGateway('large', upstream);
  const smallRssMb = readRssMb(large.process.pid);
  await large.process.stop();
  await seedTenants(large.options.databaseUrl, SIZE);
  await stack.restart(large);
  const startMs = large.process.readyMs;
  const largeRssMb = readRssMb(large.process.pid);

  const load = await stack.startProcess('load');
  const ratio = await compareCpu(
    new Measurer(load, options),
    describeGateway(small),
    describeGateway(large),
    options.rounds,
  );
  const forged = await floodWithForgedKeys(load, large, stack);
  const rows: [string, string, boolean][] = [
    [
      'CPU per request, large / small',
      `${ratio.toFixed(3)} (limit ${LIMITS.cpuRatio})`,
      ratio <= LIMITS.cpuRatio,
    ],
    [
      'start with everything loaded',
      `${Math.round(startMs)} ms (limit ${LIMITS.startMs})`,
      startMs <= LIMITS.startMs,
    ],
    ['RSS after start, small, large', `${Math.round(smallRssMb)}, ${Math.round(largeRssMb)} MB`, true],
    [
      'CPU of a forged key',
      `${forged.micros.toFixed(1)} us (limit ${LIMITS.forgedMicros})`,
      forged.micros <= LIMITS.forgedMicros,
    ],
    ['queries of forged keys', `${forged.queries} for ${FORGED}`, forged.queries < FORGED / 4],
  ];
  printRows('10,000 tenants, 100,000 keys, 1,000 policies', rows);
  const more = await measureMillionKeys(ROOT, stack, large, largeRssMb);
  printRows('a million keys more', more);
  return [...rows, ...more].every(([, , isMet]) => isMet);
}

function printRows(title: string, rows: readonly [string, string, boolean][]): void {
  printTable(
    [title, 'figure', ''],
    rows.map(([name, figure, isMet]) => [name, figure, isMet ? 'ok' : 'MISSED']),
  );
}

async function compareCpu(
  measurer: Measurer,
  small: Measured,
  large: Measured,
  rounds: number,
): Promise<number> {
  const scenario = SCENARIOS.find(({ name }) => name === 'json-0.3k');
  if (scenario === undefined) throw new Error('The scenario is gone');
  for (const target of [small, large]) await measurer.warmUp(scenario, target);
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = await measurer.measure(scenario, small);
    const after = await measurer.measure(scenario, large);
    ratios.push(after.cpuMicrosPerRequest / before.cpuMicrosPerRequest);
  }
  return median(ratios);
}

/** CPU above that of a request whose key is refused by its checksum, so that the cost of HTTP itself is left out. */
async function floodWithForgedKeys(load: Child, gateway: RunningGateway, stack: BenchStack) {
  const { postgres } = stack;
  if (postgres === null) throw new Error('PostgreSQL is not running');
  const [key = '', ...keys] = await createForgedKeys(ROOT, FORGED);
  const base = await measureRefused(load, gateway, ['tpk_nonsense'], FORGED);
  const countQueries = async (): Promise<number> => {
    await sleep(1_500);
    const sql = `SELECT xact_commit::int AS count FROM pg_stat_database WHERE datname = current_database()`;
    const [row] = await postgres.query(gateway.options.databaseUrl, sql);
    return Number(row?.['count']);
  };
  const before = await countQueries();
  const startedMs = performance.now();
  const flood = await measureRefused(load, gateway, [key, ...keys], FORGED);
  const pollsMeanwhile = ((performance.now() - startedMs) / 1_000 + 3) * 12;
  const queries = Math.max(0, Math.round((await countQueries()) - before - pollsMeanwhile));
  return { micros: flood - base, queries };
}

async function measureRefused(
  load: Child,
  gateway: RunningGateway,
  keys: string[],
  requests: number,
): Promise<number> {
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
    maxRequests: requests,
    streams: false,
  };
  load.process.send(plan);
  const answer = await receiveMessage<{ type: string; result: LoadResult; message: string }>(load, 120_000);
  if (answer.type !== 'result') throw new Error(answer.message);
  return (readCpuMicros(gateway.process.pid) - before) / answer.result.sent;
}

process.exit((await withStack(ROOT, main)) ? 0 : 1);
