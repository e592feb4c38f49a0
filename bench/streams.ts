import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { MemoryAnswer } from './processes/memory-probe.ts';
import type { LoadPlan, LoadResult } from './processes/load-plan.ts';
import { printTable } from './report/print-report.ts';
import { buildBodyParts } from './scenarios.ts';
import { type BenchStack, describeGateway, describeRelay, type RunningGateway } from './stack/bench-stack.ts';
import { type Child, receiveMessage } from './stack/child-process.ts';
import { verifyCounts } from './stack/verify-counts.ts';
import { withStack } from './stack/with-stack.ts';
import { median } from './statistics.ts';

/**
 * 500 streams at a time through one gateway with everything on, in waves. Each stream has 100 frames over 10 s; they begin
 * within 5 s. Memory is read after a forced collection: before, while all 500 run, and after each wave.
 *
 * Before the first reading the gateway has answered enough requests to fill its ring of traces. The wave that measures the
 * memory of a stream is recorded for the cache, as everything on means; what the cache keeps of it is meant to stay, so the
 * two waves that must leave nothing behind are not cached.
 */
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STREAMS = 500;
const START_MS = 5_000;
const FRAMES = 100;
const FRAME_MS = 100;
const WARM_REQUESTS = 11_000;
const LIMITS = { heapKbPerStream: 80, leftMb: 5, firstEventMs: 2 };
const UNCACHED = { 'x-tokenpak-cache': 'off' };

interface Target {
  origin: string;
  headers: Record<string, string>;
}

interface Wave {
  result: LoadResult;
  before: MemoryAnswer;
  during: MemoryAnswer;
  after: MemoryAnswer;
}

async function main(stack: BenchStack): Promise<boolean> {
  const env = { BENCH_CHUNKS: String(FRAMES), BENCH_CHUNK_MS: String(FRAME_MS) };
  const upstream = await stack.startProcess('mock-upstream', env);
  const upstreamUrl = `http://127.0.0.1:${upstream.port}`;
  const relay = describeRelay(await stack.startProcess('relay', { BENCH_UPSTREAM: upstreamUrl }));
  await stack.startStores(false);
  const probe = join(ROOT, 'bench/processes/memory-probe.ts');
  const gateway = await stack.startGateway('gateway', upstreamUrl, {
    nodeArgs: ['--expose-gc', '--import', probe],
  });
  const cached = describeGateway(gateway);
  const uncached = { ...cached, headers: { ...cached.headers, ...UNCACHED } };
  const load = await stack.startProcess('load');

  const warm = await send(load, buildWarmPlan(uncached));
  const relayRun = await runStreams(load, relay, 'relay');
  const waves = [
    await runWave(load, gateway.process, uncached, 'one'),
    await runWave(load, gateway.process, uncached, 'two'),
    await runWave(load, gateway.process, cached, 'cached'),
  ];
  const sent = waves.reduce((sum, { result }) => sum + result.sent, warm.sent);
  return report({ waves, relayRun, countsAreEqual: await areCountsEqual(stack, gateway, sent) });
}

async function areCountsEqual(stack: BenchStack, gateway: RunningGateway, sent: number): Promise<boolean> {
  if (stack.postgres === null) return false;
  const { adminToken, databaseUrl } = gateway.options;
  const source = { name: 'gateway', origin: gateway.process.origin, adminToken, databaseUrl };
  return (await verifyCounts(stack.postgres, source, sent)).isEqual;
}

function buildWarmPlan({ origin, headers }: Target): LoadPlan {
  return {
    origin,
    headers,
    path: '/v1/chat/completions',
    bodyParts: buildBodyParts({ size: 'small', model: 'bench', streams: false }),
    uniquePrefix: 'warm.',
    connections: 64,
    ratePerSecond: null,
    durationMs: 60_000,
    maxRequests: WARM_REQUESTS,
    streams: false,
  };
}

async function runStreams(load: Child, { origin, headers }: Target, prefix: string): Promise<LoadResult> {
  const result = await send(load, {
    origin,
    path: '/v1/chat/completions',
    headers,
    bodyParts: buildBodyParts({ size: 'small', model: 'bench', streams: true }),
    uniquePrefix: `${prefix}.`,
    connections: STREAMS,
    ratePerSecond: (STREAMS * 1_000) / START_MS,
    durationMs: START_MS,
    maxRequests: STREAMS,
    streams: true,
  });
  if (result.brokenStreams > 0) throw new Error(`${result.brokenStreams} streams were not complete`);
  return result;
}

async function send(load: Child, plan: LoadPlan): Promise<LoadResult> {
  load.process.send(plan);
  const answer = await receiveMessage<{ type: string; result: LoadResult; message: string }>(load, 120_000);
  if (answer.type !== 'result') throw new Error(answer.message);
  const { sent, statuses } = answer.result;
  if (statuses['200'] !== sent) throw new Error(`Of ${sent} answers: ${JSON.stringify(statuses)}`);
  return answer.result;
}

async function runWave(load: Child, gateway: Child, target: Target, prefix: string): Promise<Wave> {
  const before = await readMemory(gateway);
  const running = runStreams(load, target, prefix);
  await sleep(START_MS + 1_000);
  const during = await readMemory(gateway);
  const result = await running;
  await sleep(2_000);
  return { result, before, during, after: await readMemory(gateway) };
}

async function readMemory(gateway: Child): Promise<MemoryAnswer> {
  gateway.process.send({ type: 'measure-memory' });
  return receiveMessage<MemoryAnswer>(gateway, 10_000);
}

interface Report {
  waves: Wave[];
  relayRun: LoadResult;
  countsAreEqual: boolean;
}

function report({ waves, relayRun, countsAreEqual }: Report): boolean {
  const used = (memory: MemoryAnswer): number => memory.heapBytes + memory.externalBytes;
  const mb = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  const [first, second] = waves as [Wave, Wave, Wave];
  const perStreamKb = Math.max(
    ...waves.map(({ before, during }) => (used(during) - used(before)) / STREAMS / 1_024),
  );
  const leftMb = (used(second.after) - used(first.before)) / 2 ** 20;
  const addedMs = median(waves.map(({ result }) => result.firstEventP50Ms)) - relayRun.firstEventP50Ms;
  const rows: [string, string, boolean][] = [
    ['frames lost', '0 (every stream complete)', true],
    [
      'heap + external per stream',
      `${perStreamKb.toFixed(1)} kB (limit ${LIMITS.heapKbPerStream})`,
      perStreamKb < LIMITS.heapKbPerStream,
    ],
    ['left after two waves', `${leftMb.toFixed(1)} MB (limit ${LIMITS.leftMb})`, leftMb < LIMITS.leftMb],
    [
      'RSS after wave one, two',
      `${mb(first.after.rssBytes)}, ${mb(second.after.rssBytes)} MB`,
      second.after.rssBytes <= first.after.rssBytes * 1.02,
    ],
    [
      'first event p50: relay, added',
      `${relayRun.firstEventP50Ms.toFixed(2)}, ${addedMs.toFixed(2)} ms (limit ${LIMITS.firstEventMs})`,
      addedMs < LIMITS.firstEventMs,
    ],
    ['ledger, metrics, traces', countsAreEqual ? 'equal to what was sent' : 'DIFFERENT', countsAreEqual],
  ];
  printTable(
    ['500 streams at a time', 'figure', ''],
    rows.map(([name, figure, isMet]) => [name, figure, isMet ? 'ok' : 'MISSED']),
  );
  return rows.every(([, , isMet]) => isMet);
}

process.exit((await withStack(ROOT, main)) ? 0 : 1);
