import type { Measurement } from '../measure.ts';
import type { StageFigures } from '../stack/gateway-numbers.ts';
import { median } from '../statistics.ts';

/** What the seed design grants each stage, milliseconds; of a range (gate 10 to 50, counter 5 to 20) its lower end. */
const SEED_MS: Record<string, number> = {
  'request-router': 1,
  'format-adapter': 1,
  'response-adapter': 1,
  'validation-gate': 10,
  'cache-manager': 5,
  'token-counter': 5,
  'rate-limiter': 1,
  'provider-router': 1,
  'circuit-breaker': 1,
};
const SEED_SHARE = 0.1;
const MAX_ADDED_MS = 0.5;
const MAX_READY_MS = 3_000;
const MAX_RSS_MB = 200;

export interface StageVerdict extends StageFigures {
  /** The same at the gateway with Redis; null where none ran. Never judged: a network is between. */
  redisP50Ms: number | null;
  /** What the seed design grants; null for what it does not have. */
  seedMs: number | null;
  /** A tenth of the seed's figure; null for what the seed does not have. */
  limitMs: number | null;
}

export interface StartFigures {
  /** Of the gateway. */
  name: string;
  readyMs: number;
  /** Right after it became ready. */
  rssMb: number;
}

export interface Promised {
  name: string;
  actual: number;
  /** Null: printed only. */
  limit: number | null;
  unit: 'ms' | 'MB';
}

export function judgeStages(
  stages: readonly StageFigures[],
  withRedis: readonly StageFigures[],
): StageVerdict[] {
  return stages.map((figures) => {
    const seedMs = SEED_MS[figures.stage] ?? null;
    return {
      ...figures,
      redisP50Ms: withRedis.find(({ stage }) => stage === figures.stage)?.p50Ms ?? null,
      seedMs,
      limitMs: seedMs === null ? null : seedMs * SEED_SHARE,
    };
  });
}

/** What is promised of a process; limits are upper ones that must not be reached. */
export function judgePromises(
  starts: readonly StartFigures[],
  groups: readonly (readonly Measurement[])[],
): Promised[] {
  return [
    ...starts.flatMap(({ name, readyMs, rssMb }): Promised[] => [
      { name: `${name}: ready after`, actual: readyMs, limit: MAX_READY_MS, unit: 'ms' },
      { name: `${name}: RSS after start`, actual: rssMb, limit: MAX_RSS_MB, unit: 'MB' },
    ]),
    ...judgeAdded(groups),
  ];
}

/** p50 over one connection: what the gateway adds to the relay, and Redis to the gateway. */
function judgeAdded(groups: readonly (readonly Measurement[])[]): Promised[] {
  const find = (scenario: string, target: Measurement['target']): number => {
    const group = groups.find(([first]) => first?.scenario === scenario && first.target === target) ?? [];
    return median(group.map(({ singleP50Ms }) => singleP50Ms));
  };
  const relay = find('json-0.3k', 'relay');
  const gateway = find('json-0.3k', 'gateway');
  const redis = find('json-0.3k-redis', 'gateway');
  const rows: Promised[] = [
    { name: 'added p50, 1 connection, json-0.3k', actual: gateway - relay, limit: MAX_ADDED_MS, unit: 'ms' },
    { name: 'of Redis, p50, 1 connection', actual: redis - gateway, limit: null, unit: 'ms' },
  ];
  // A run of one scenario has nothing to compare.
  return rows.filter(({ actual }) => !Number.isNaN(actual));
}

export function isMet({ actual, limit }: Pick<Promised, 'actual' | 'limit'>): boolean {
  return limit === null || actual < limit;
}
