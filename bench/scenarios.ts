export type Target = 'relay' | 'gateway';
export type BodySize = 'small' | 'medium' | 'large';

/** One scenario as issue and reports name it. `-redis` is the same scenario against a gateway that uses Redis. */
export interface Scenario {
  name: string;
  redis: boolean;
  size: BodySize;
  /** Public model name at the gateway; the relay passes it on. */
  model: 'bench' | 'bench-translated';
  streams: boolean;
  /** What `x-tokenpak-cache` must say of every answer. */
  cache: 'miss' | 'hit';
  /** Moderate open-loop rate for latency and CPU, requests per second. */
  ratePerSecond: number;
  /** Most CPU of the gateway as a multiple of the named scenario's target. */
  limit: { ratio: number; of: Target; scenario: string } | null;
}

type Base = Omit<Scenario, 'redis' | 'limit'>;

const BASES: Base[] = [
  { name: 'json-0.3k', size: 'small', model: 'bench', streams: false, cache: 'miss', ratePerSecond: 1_000 },
  { name: 'json-16k', size: 'large', model: 'bench', streams: false, cache: 'miss', ratePerSecond: 400 },
  {
    name: 'json-0.3k-translated',
    size: 'small',
    model: 'bench-translated',
    streams: false,
    cache: 'miss',
    ratePerSecond: 800,
  },
  { name: 'sse-100', size: 'small', model: 'bench', streams: true, cache: 'miss', ratePerSecond: 60 },
  { name: 'cache-hit', size: 'small', model: 'bench', streams: false, cache: 'hit', ratePerSecond: 1_000 },
];

const LIMITS: Record<string, NonNullable<Scenario['limit']>> = {
  'json-0.3k': { ratio: 4, of: 'relay', scenario: 'json-0.3k' },
  'json-0.3k-redis': { ratio: 4.5, of: 'relay', scenario: 'json-0.3k' },
  'json-16k': { ratio: 4, of: 'relay', scenario: 'json-16k' },
  'json-0.3k-translated': { ratio: 1.5, of: 'gateway', scenario: 'json-0.3k' },
  'cache-hit': { ratio: 2, of: 'relay', scenario: 'json-0.3k' },
};

export const SCENARIOS: Scenario[] = [false, true].flatMap((redis) =>
  BASES.map((base) => {
    const name = redis ? `${base.name}-redis` : base.name;
    return { ...base, name, redis, limit: LIMITS[name] ?? null };
  }),
);

/** The size that the seed design's figures for the stages are for. Never measured against the relay. */
export const STAGE_SCENARIO: Scenario = {
  name: 'json-2k',
  redis: false,
  size: 'medium',
  model: 'bench',
  streams: false,
  cache: 'miss',
  ratePerSecond: 800,
  limit: null,
};

/** The relay knows neither caches nor dialects nor Redis: it is measured once per body and form. */
export function findRelayScenario(scenario: Scenario): string {
  if (scenario.streams) return 'sse-100';
  return scenario.size === 'large' ? 'json-16k' : 'json-0.3k';
}

const PROSE =
  'The committee reviewed the quarterly figures and found that deliveries in the northern region had improved while ' +
  'returns stayed flat; it asked for a short note on causes, open risks and the next three steps. ';

/** Repetitions of the prose in each of four messages: bodies of 0.3, 2 and 16 kB. */
const FILLERS: Record<BodySize, number> = {
  small: 0,
  medium: 2,
  large: Math.ceil(16_000 / PROSE.length / 3),
};

/**
 * The request's body in pieces; the unique text goes between them, once into every message, so that neither the response
 * cache nor any index of known messages can help.
 */
export function buildBodyParts(scenario: Pick<Scenario, 'size' | 'model' | 'streams'>): string[] {
  const filler = PROSE.repeat(FILLERS[scenario.size]);
  const turn = (role: string, text: string): string =>
    `{"role":"${role}","content":"${filler}${text} \u0000"}`;
  const messages = [
    turn('system', 'Answer briefly.'),
    turn('user', 'What changed?'),
    turn('assistant', 'Deliveries did.'),
    turn('user', 'Name one cause.'),
  ];
  const stream = scenario.streams ? ',"stream":true,"stream_options":{"include_usage":true}' : '';
  const body = `{"model":"${scenario.model}","temperature":0,"max_tokens":256,"messages":[${messages.join(',')}]${stream}}`;
  return body.split('\u0000');
}
