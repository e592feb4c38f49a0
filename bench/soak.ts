import { once } from 'node:events';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printTable } from './report/print-report.ts';
import { FAULT_MODELS } from './soak/request-mix.ts';
import { SoakLoad } from './soak/soak-load.ts';
import { type BenchStack, describeGateway, type RunningGateway } from './stack/bench-stack.ts';
import { readRssMb } from './stack/process-figures.ts';
import { withStack } from './stack/with-stack.ts';

/**
 * Many requests over 64 connections with injected faults and clients that leave; the gateway is killed with SIGKILL in the
 * middle and started again on the same database and journal.
 *
 * Fails when a request got a 5xx that nobody injected, when the ledger lacks a request that was answered or has one twice,
 * or when RSS grows by more than a tenth between samples of the same process.
 */
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CONNECTIONS = 64;
const RSS_TOLERANCE = 1.1;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '300000' },
    sample: { type: 'string' },
    'no-kill': { type: 'boolean', default: false },
  },
});
const REQUESTS = Number(values.requests);
const SAMPLE_EVERY = Number(values.sample ?? Math.ceil(REQUESTS / 6));

interface Sample {
  sent: number;
  rssMb: number;
  isAfterKill: boolean;
}

async function main(stack: BenchStack): Promise<boolean> {
  const upstream = await stack.startProcess('mock-upstream', { BENCH_CHUNKS: '20' });
  await stack.startStores(false);
  const gateway = await stack.startGateway('soak', `http://127.0.0.1:${upstream.port}`, {
    faultModels: FAULT_MODELS,
  });
  const { origin, headers } = describeGateway(gateway);
  const load = new SoakLoad({ origin, headers }, REQUESTS, CONNECTIONS);
  const samples: Sample[] = [];
  let hasKilled = values['no-kill'];
  await load.run(async (sent) => {
    if (sent % SAMPLE_EVERY === 0 && !load.isKilling)
      samples.push({ sent, rssMb: readRssMb(gateway.process.pid), isAfterKill: hasKilled });
    // Requests end out of order: the sample in the middle is taken before.
    if (hasKilled || sent < REQUESTS / 2 + CONNECTIONS) return;
    hasKilled = true;
    await load.pauseFor(() => killAndRestart(stack, gateway, load));
  });
  await load.close();
  const counts = await readLedger(stack, gateway, load);
  return report(load, samples, counts);
}

async function killAndRestart(stack: BenchStack, gateway: RunningGateway, load: SoakLoad): Promise<void> {
  const exited = once(gateway.process.process, 'exit');
  gateway.process.process.kill('SIGKILL');
  await exited;
  await stack.restart(gateway);
  // The other connections' broken requests have been counted by then.
  await sleep(500);
  load.moveTo(gateway.process.origin);
}

interface LedgerCounts {
  rows: number;
  duplicates: number;
  missingCompleted: number;
  missingAbandoned: number;
  /** Rows of requests that the client knows nothing about. */
  surplus: number;
}

const SETTLE_MS = 20_000;

async function readLedger(stack: BenchStack, gateway: RunningGateway, load: SoakLoad): Promise<LedgerCounts> {
  if (stack.postgres === null) throw new Error('PostgreSQL is not running');
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const rows = await stack.postgres.query(
      gateway.options.databaseUrl,
      'SELECT id::text AS id FROM usage_ledger',
    );
    const ids = new Set(rows.map(({ id }) => String(id)));
    const counts = {
      rows: rows.length,
      duplicates: rows.length - ids.size,
      missingCompleted: [...load.completed].filter((id) => !ids.has(id)).length,
      missingAbandoned: [...load.abandoned.keys()].filter((id) => !ids.has(id)).length,
      surplus: [...ids].filter((id) => !load.completed.has(id) && !load.abandoned.has(id)).length,
    };
    if ((counts.missingCompleted === 0 && counts.missingAbandoned === 0) || performance.now() > deadline)
      return counts;
    await sleep(500);
  }
}

function report(load: SoakLoad, samples: readonly Sample[], counts: LedgerCounts): boolean {
  printTable(
    ['request', 'answers'],
    Object.entries(load.statuses)
      .sort()
      .map(([name, count]) => [name, count]),
  );
  printTable(
    ['sent', 'RSS MB'],
    samples.map(({ sent, rssMb }) => [sent, Math.round(rssMb)]),
  );
  const isRssSteady = [false, true].every((isAfterKill) =>
    isSteady(samples.filter((sample) => sample.isAfterKill === isAfterKill)),
  );
  const rows: [string, string, boolean][] = [
    [
      'answers that nobody injected',
      `${load.unexpected.length}: ${[...new Set(load.unexpected)].slice(0, 5).join('; ')}`,
      load.unexpected.length === 0,
    ],
    ['answered, but not in the ledger', String(counts.missingCompleted), counts.missingCompleted === 0],
    [
      'left by the client, but not in the ledger',
      String(counts.missingAbandoned),
      counts.missingAbandoned === 0,
    ],
    ['ledger rows twice', String(counts.duplicates), counts.duplicates === 0],
    [
      'rows of requests of unknown end',
      `${counts.surplus} of at most ${load.unknown}`,
      counts.surplus <= load.unknown,
    ],
    ['ledger rows', `${counts.rows} for ${load.sent} requests`, true],
    ['RSS within a tenth', '', isRssSteady],
  ];
  printTable(
    ['soak', 'figure', ''],
    rows.map(([name, figure, isMet]) => [name, figure, isMet ? 'ok' : 'MISSED']),
  );
  return rows.every(([, , isMet]) => isMet);
}

/** The first sample of a process is taken after tens of thousands of requests, so it is warm. */
function isSteady(samples: readonly Sample[]): boolean {
  const [first] = samples;
  return first === undefined || samples.every(({ rssMb }) => rssMb <= first.rssMb * RSS_TOLERANCE);
}

process.exit((await withStack(ROOT, main)) ? 0 : 1);
