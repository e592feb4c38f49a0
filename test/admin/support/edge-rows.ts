import fc from 'fast-check';
import {
  day,
  edgeText,
  flag,
  modelName,
  moment,
  name,
  price,
  ratio,
  tag,
  timeouts,
  upstreamModel,
  url,
  usd,
  wholes,
} from './edge-values.ts';

/** What a generated row may refer to; all of it is there. */
export interface EdgeWorld {
  tenantId: string;
  keyId: string;
  /** Ids of a simulated and an openai provider of the platform, and of the tenant's that has the first one's name. */
  providerIds: [simulated: string, openai: string, own: string];
}

export interface EdgePost {
  path: string;
  body: Record<string, unknown>;
}

type Arbitrary = fc.Arbitrary<unknown>;

/** A body that POST accepts, with some members at an edge or left out. */
function vary(
  base: Record<string, unknown>,
  edges: Record<string, Arbitrary>,
): fc.Arbitrary<Record<string, unknown>> {
  const names = Object.keys(edges);
  return fc
    .subarray(names, { maxLength: Math.min(3, names.length) })
    .chain((chosen) =>
      fc.record(Object.fromEntries(chosen.map((member) => [member, edges[member] as Arbitrary]))),
    )
    .map((changed) => ({ ...base, ...changed }));
}

let count = 0;
const unique = (stem: string) => `${stem}-${(count += 1)}`;

/** Each with a name of its own, so that rows meet only where an edge is their name. */
const post = (
  path: string,
  describe: (id: string) => Record<string, unknown>,
  edges: Record<string, Arbitrary>,
): fc.Arbitrary<EdgePost> =>
  vary({}, edges).map((changed) => ({ path, body: { ...describe(unique('row')), ...changed } }));

function scope(keyId: string | null, model: () => Arbitrary): Arbitrary {
  const key = keyId === null ? {} : { keyId: fc.constant(keyId) };
  return fc.record({ ...key, model: model(), tag: tag(), user: modelName() }, { requiredKeys: [] });
}

/** Requests to every collection that an export holds, of the platform and of a tenant. */
export function edgePost(world: EdgeWorld): fc.Arbitrary<EdgePost> {
  const { tenantId, keyId } = world;
  const below = `/tenants/${tenantId}`;
  return fc.oneof(
    post('/tenants', (id) => ({ name: id }), {
      name: name(),
      quotaFallback: fc.constant('closed'),
      status: fc.constant('suspended'),
    }),
    post(`${below}/keys`, () => ({ name: 'k' }), {
      name: name(),
      expiresAt: moment(),
      allowedModels: fc.array(modelName(), { maxLength: 3 }),
      tags: fc.dictionary(
        fc.constantFrom('team', 'a.b-c_', 'constructor', '__proto__', '<<', ''),
        edgeText(128),
      ),
      requiredTags: fc.array(fc.constantFrom('team', 'x'.repeat(64), 'x'.repeat(65), 'null'), {
        maxLength: 3,
      }),
      user: fc.oneof(fc.constant(null), modelName()),
    }),
    ...[
      ['', null],
      [below, keyId],
    ].flatMap(([prefix, key]) => listScoped(prefix as string, key ?? null)),
    ...['platform', tenantId].flatMap((owner) => listOwned(owner, world)),
  );
}

function listScoped(prefix: string, keyId: string | null): fc.Arbitrary<EdgePost>[] {
  const detectors = fc.constantFrom(
    [{ type: 'keyword', id: 'k', severity: 'low', keywords: [' a ', 'b\u0085', '- c'] }],
    [{ type: 'regex', id: 'r', severity: 'high', pattern: ' a\\n*: #', caseInsensitive: false }],
    [{ type: 'size', id: 's', severity: 'critical', maxCharacters: 1 }],
    [],
  );
  return [
    post(`${prefix}/budgets`, () => ({ amountUsd: '5', period: 'day' }), {
      scope: scope(keyId, modelName),
      amountUsd: usd(),
      alertPercents: fc.array(wholes(1, 1_000), { maxLength: 3 }),
      timeZone: fc.constantFrom('Europe/Berlin', 'europe/berlin', '+01:00', 'UTC', ''),
      webhookUrl: fc.oneof(fc.constant(null), url()),
      mode: fc.constant('soft'),
      unpriced: fc.constant('allow'),
      enabled: flag(),
    }),
    post(`${prefix}/budgets`, () => ({ tokens: 1, period: 'total' }), {
      tokens: wholes(1, 9_000_000_000_000_000),
    }),
    post(`${prefix}/rate-limits`, () => ({ metric: 'requests', limit: 5 }), {
      scope: scope(keyId, modelName),
      metric: fc.constantFrom('tokens', 'concurrency'),
      limit: wholes(1, 1_000_000_000_000),
      windowSeconds: wholes(1, 2_592_000),
      enabled: flag(),
    }),
    post(
      `${prefix}/policies`,
      (id) => ({ name: id, detectors: [{ type: 'email', id: 'e', severity: 'low' }] }),
      {
        name: name(),
        scope: scope(keyId, modelName),
        detectors,
        actions: fc.record({ low: fc.constant('flag'), high: fc.constant('redact') }, { requiredKeys: [] }),
        direction: fc.constant('both'),
        mode: fc.constant('shadow'),
        enabled: flag(),
      },
    ),
  ];
}

function listOwned(owner: string, world: EdgeWorld): fc.Arbitrary<EdgePost>[] {
  return [postProvider(owner), postModel(owner, world), postRule(owner, world), postPrice(owner)];
}

function postProvider(owner: string): fc.Arbitrary<EdgePost> {
  const provider = { kind: 'simulated', baseUrl: 'http://simulated.invalid' };
  const baseUrls = ['http://a.invalid/\u0085', 'http://a.invalid/v1/', ' http://a.invalid'];
  const settings = [
    { latency: 1 },
    { latency: '1' },
    { refusal: true },
    { usage: 'off' },
    { a: 1 },
    { '': '' },
  ];
  const slowCallMs = fc.oneof(fc.constant(null), wholes(1));
  return post('/providers', (id) => ({ owner, name: id, ...provider }), {
    name: name(),
    kind: fc.constantFrom('openai', 'anthropic'),
    baseUrl: fc.oneof(url(), fc.constantFrom(...baseUrls)),
    apiKey: fc.oneof(fc.constantFrom(null, 'x'.repeat(4_096), 'x'.repeat(4_097)), edgeText(64)),
    timeouts: timeouts(),
    breaker: fc.record({ errorRatio: ratio(), slowCallMs, openSeconds: wholes(3_600) }, { requiredKeys: [] }),
    settings: fc.constantFrom(...settings),
    enabled: flag(),
  });
}

function postModel(owner: string, { providerIds, tenantId }: EdgeWorld): fc.Arbitrary<EdgePost> {
  const [simulated, openai, own] = providerIds;
  const visible = owner === tenantId ? [simulated, openai, own] : [simulated, openai];
  const deployment = fc
    .record({ providerId: fc.constantFrom(...visible), upstreamModel: upstreamModel() })
    .chain((given) =>
      vary(given, {
        weight: wholes(0, 1_000_000),
        priority: wholes(0, 1_000_000),
        defaultMaxOutputTokens: wholes(1, 10_000_000),
        price: price(),
        streamUsage: flag(),
        timeouts: timeouts(),
      }),
    );
  const deployments = [{ providerId: simulated, upstreamModel: 'simulated-1' }];
  return post('/models', (id) => ({ owner, name: id, deployments }), {
    name: modelName(),
    deployments: fc.array(deployment, { maxLength: 3 }),
    strategy: fc.constant('weighted'),
    enabled: flag(),
  });
}

function postRule(owner: string, { tenantId, keyId }: EdgeWorld): fc.Arbitrary<EdgePost> {
  const action = { type: 'use-providers', providers: ['simulated'] };
  const members = {
    ...(owner === tenantId ? { keyId: fc.constant(keyId) } : {}),
    model: modelName(),
    tag: tag(),
    user: modelName(),
    stream: flag(),
    modality: fc.constant('image'),
  };
  return post('/routing-rules', (id) => ({ owner, name: id, action }), {
    name: name(),
    conditions: fc.record(members, { requiredKeys: [] }),
    action: fc.constantFrom(
      { type: 'use-model', model: 'model' },
      { type: 'use-model', model: '*' },
      { ...action, providers: [' simulated'] },
    ),
    priority: wholes(0, 1_000_000),
    enabled: flag(),
  });
}

function postPrice(owner: string): fc.Arbitrary<EdgePost> {
  const dated = { effectiveFrom: '2026-01-01', price: { inputUsdPerMTok: '1', outputUsdPerMTok: '2' } };
  return post('/prices', (id) => ({ owner, providerKind: 'openai', upstreamModel: id, ...dated }), {
    upstreamModel: modelName(),
    effectiveFrom: day(),
    price: price(),
    source: edgeText(512),
  });
}
