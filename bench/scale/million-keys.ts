import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchStack, RunningGateway } from '../stack/bench-stack.ts';
import { readRssMb } from '../stack/process-figures.ts';
import { median } from '../statistics.ts';
import { fillKeyDirectory } from './fill-key-directory.ts';
import { createForgedKeys } from './forged-keys.ts';
import { explainLookups, insertKeys, type LookupPlans, seedKeys } from './seed-keys.ts';

const KEYS = 1_000_000;
/** Cold keys that are asked for one after the other. */
const ASKED = 150;
/** Below what one address may cause. */
const ASKED_PER_SECOND = 40;
/** More than the directory keeps. */
const DIRECTORY_KEYS = 150_000;
const LIMITS = {
  startMs: 5_000,
  rssRatio: 1.1,
  planMs: 1,
  addedMs: 5,
  directoryKeys: 100_000,
  directoryMb: 120,
};

type Row = [name: string, figure: string, isMet: boolean];

/**
 * A million more keys in the database of a gateway that has 100,000: what its start, its memory, and the first use of a key
 * cost then.
 */
export async function measureMillionKeys(
  root: string,
  stack: BenchStack,
  gateway: RunningGateway,
  rssBeforeMb: number,
): Promise<Row[]> {
  const { databaseUrl } = gateway.options;
  await gateway.process.stop();
  await seedKeys(databaseUrl, KEYS);
  const keys = await createForgedKeys(root, 2 * ASKED);
  const [real, forged] = [keys.slice(0, ASKED), keys.slice(ASKED)];
  await insertKeys(databaseUrl, real);
  await stack.restart(gateway);
  const { readyMs, pid, origin } = gateway.process;
  const rssMb = readRssMb(pid);
  const plans = await explainLookups(databaseUrl);
  const cold = await askEach(origin, real, 200);
  const known = await askEach(origin, real, 200);
  const unknown = await askEach(origin, forged, 401);
  const again = await askEach(origin, forged, 401);
  const directory = await fillKeyDirectory(root, DIRECTORY_KEYS);
  return [
    ['start', `${Math.round(readyMs)} ms (limit ${LIMITS.startMs})`, readyMs <= LIMITS.startMs],
    [
      'RSS after start, before and with them',
      `${Math.round(rssBeforeMb)}, ${Math.round(rssMb)} MB (limit ${LIMITS.rssRatio} x)`,
      rssMb <= rssBeforeMb * LIMITS.rssRatio,
    ],
    ...describePlans(plans),
    describeAdded('first use of a key', cold, known),
    describeAdded('first use of a forged key', unknown, again),
    [
      `directory after ${DIRECTORY_KEYS} keys`,
      `${directory.kept} kept, ${Math.round(directory.heapMb)} MB (limits ${LIMITS.directoryKeys}, ${LIMITS.directoryMb})`,
      directory.kept <= LIMITS.directoryKeys && directory.heapMb <= LIMITS.directoryMb,
    ],
  ];
}

function describePlans({ rows, nodes, hitMs, missMs }: LookupPlans): Row[] {
  const describe = (ms: number): string => `${ms.toFixed(3)} ms (limit ${LIMITS.planMs})`;
  return [
    [`plan of a look-up among ${rows} keys`, nodes.join(', '), nodes.join() === 'Index Scan'],
    ['look-up in PostgreSQL, hit', describe(hitMs), hitMs <= LIMITS.planMs],
    ['look-up in PostgreSQL, miss', describe(missMs), missMs <= LIMITS.planMs],
  ];
}

function describeAdded(name: string, firstMs: number, laterMs: number): Row {
  const addedMs = firstMs - laterMs;
  const figure = `${firstMs.toFixed(2)} ms, later ${laterMs.toFixed(2)} ms (limit ${LIMITS.addedMs} more)`;
  return [`${name}, p50`, figure, addedMs <= LIMITS.addedMs];
}

/** Median of the time of one request with each key, milliseconds. @throws on another status. */
async function askEach(origin: string, keys: readonly string[], status: number): Promise<number> {
  const times: number[] = [];
  for (const key of keys) {
    const startedMs = performance.now();
    const answer = await fetch(`${origin}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    await answer.arrayBuffer();
    times.push(performance.now() - startedMs);
    if (answer.status !== status) throw new Error(`A key got ${answer.status} instead of ${status}`);
    await sleep(1_000 / ASKED_PER_SECOND);
  }
  return median(times);
}
