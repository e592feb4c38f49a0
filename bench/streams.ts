import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { MemoryAnswer } from './processes/memory-probe.ts';
import type { LoadPlan, LoadResult } from './processes/load-plan.ts';
import { printTable } from './report/print-report.ts';
import { buildBodyParts } from './scenarios.ts';
import { type BenchStack, describeGateway, describeRelay } from './stack/bench-stack.ts';
import { type Child, receiveMessage } from './stack/child-process.ts';
import { verifyCounts } from './stack/verify-counts.ts';
import { withStack } from './stack/with-stack.ts';

/**
 * 500 streams at a time through one gateway with everything on, two waves. Each stream has 100 frames over 10 s; they begin
 * within 5 s. Memory is read after a forced collection: before, while all 500 run, and after each wave.
 */
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STREAMS = 500;
const START_MS = 5_000;
const FRAMES = 100;
const FRAME_MS = 100;
const LIMITS = { heapKbPerStream: 80, leftMb: 5, firstEventMs: 2 };

interface Wave {
  result: LoadResult;
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
  const measured = describeGateway(gateway);
  const load = await stack.startProcess('load');

  // A short run first, so that code and pools are what they are under load.
  await run(load, {
    origin: measured.origin,
    headers: measured.headers,
    durationMs: 1_000,
    ratePerSecond: 50,
    prefix: 'warm',
  });
  const before = await readMemory(gateway.process);
  const relayRun = await run(load, { origin: relay.origin, headers: relay.headers, prefix: 'relay' });
  const waves = [
    await wave(load, gateway.process, measured, 'one'),
    await wave(load, gateway.process, measured, 'two'),
  ];
  const expected = waves.reduce((sum, { result }) => sum + result.sent, 50);
  const checks =
    stack.postgres === null
      ? null
      : await verifyCounts(
          stack.postgres,
          {
            name: 'gateway',
            origin: gateway.process.origin,
            adminToken: gateway.options.adminToken,
            databaseUrl: gateway.options.databaseUrl,
          },
          expected,
        );
  return report({ before, waves, relayRun, countsAreEqual: checks?.isEqual ?? false });
}

interface RunOptions {
  origin: string;
  headers: Record<string, string>;
  prefix: string;
  durationMs?: number;
  ratePerSecond?: number;
}

async function run(load: Child, options: RunOptions): Promise<LoadResult> {
  const durationMs = options.durationMs ?? START_MS;
  const plan: LoadPlan = {
    origin: options.origin,
    path: '/v1/chat/completions',
    headers: options.headers,
    bodyParts: buildBodyParts({ size: 'small', model: 'bench', streams: true }),
    uniquePrefix: `${options.prefix}.`,
    connections: STREAMS,
    ratePerSecond: options.ratePerSecond ?? (STREAMS * 1_000) / START_MS,
    durationMs,
    maxRequests: STREAMS,
    streams: true,
  };
  load.process.send(plan);
  const answer = await receiveMessage<{ type: string; result: LoadResult; message: string }>(load, 60_000);
  if (answer.type !== 'result') throw new Error(answer.message);
  const { sent, statuses, brokenStreams } = answer.result;
  if (statuses['200'] !== sent || brokenStreams > 0)
    throw new Error(`Of ${sent} streams ${JSON.stringify(statuses)}, ${brokenStreams} not complete`);
  return answer.result;
}

async function wave(
  load: Child,
  gateway: Child,
  target: { origin: string; headers: Record<string, string> },
  prefix: string,
): Promise<Wave> {
  const running = run(load, { origin: target.origin, headers: target.headers, prefix });
  await sleep(START_MS + 1_000);
  const during = await readMemory(gateway);
  const result = await running;
  await sleep(2_000);
  return { result, during, after: await readMemory(gateway) };
}

async function readMemory(gateway: Child): Promise<MemoryAnswer> {
  gateway.process.send({ type: 'measure-memory' });
  return receiveMessage<MemoryAnswer>(gateway, 10_000);
}

interface Report {
  before: MemoryAnswer;
  waves: Wave[];
  relayRun: LoadResult;
  countsAreEqual: boolean;
}

function report({ before, waves, relayRun, countsAreEqual }: Report): boolean {
  const used = (memory: MemoryAnswer): number => memory.heapBytes + memory.externalBytes;
  const mb = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  const [first, second] = waves as [Wave, Wave];
  const perStreamKb = Math.max(...waves.map(({ during }) => (used(during) - used(before)) / STREAMS / 1_024));
  const leftMb = (used(second.after) - used(before)) / 2 ** 20;
  const addedMs = Math.min(...waves.map(({ result }) => result.firstEventP50Ms)) - relayRun.firstEventP50Ms;
  const rows: [string, string, boolean][] = [
    ['frames lost', '0 (every stream complete)', true],
    [
      'heap + external per stream',
      `${perStreamKb.toFixed(1)} kB (limit ${LIMITS.heapKbPerStream})`,
      perStreamKb < LIMITS.heapKbPerStream,
    ],
    ['left after both waves', `${leftMb.toFixed(1)} MB (limit ${LIMITS.leftMb})`, leftMb < LIMITS.leftMb],
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
    ['500 streams, two waves', 'figure', ''],
    rows.map(([name, figure, isMet]) => [name, figure, isMet ? 'ok' : 'MISSED']),
  );
  return rows.every(([, , isMet]) => isMet);
}

process.exit((await withStack(ROOT, main)) ? 0 : 1);
