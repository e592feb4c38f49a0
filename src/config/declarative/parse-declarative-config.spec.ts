import {
  describeDocument,
  describeTenant,
  listFaults,
  NO_SECRETS,
  parseOrThrow,
} from './declarative.spec-support.js';
import { parseDeclarativeConfig } from './parse-declarative-config.js';

const HASH = 'ab'.repeat(32);

describe('parseDeclarativeConfig', () => {
  it('fills in what the file leaves out', async () => {
    const config = await parseOrThrow(
      describeTenant({
        keys: [{ name: 'ci', key: { sha256: HASH } }],
        policies: [{ name: 'mail', detectors: [{ type: 'email', id: 'mail', severity: 'low' }] }],
        rateLimits: [{ metric: 'requests', limit: 5 }],
        budgets: [{ amountUsd: '2.5', period: 'day' }],
      }),
    );
    expect(config.models[0]).toMatchObject({
      strategy: 'priority',
      enabled: true,
      deployments: [{ weight: 1, priority: 0, streamUsage: true, price: null, defaultMaxOutputTokens: null }],
    });
    expect(config.tenants[0]).toMatchObject({
      status: 'active',
      cache: { mode: 'deterministic', ttlSeconds: 3600 },
      quotaFallback: 'local',
      providers: [],
    });
    expect(config.tenants[0]?.keys[0]).toEqual({
      name: 'ci',
      hash: HASH,
      prefix: null,
      expiresAt: null,
      allowedModels: [],
      tags: {},
      requiredTags: [],
      user: null,
    });
    expect(config.tenants[0]?.policies[0]?.actions).toEqual({
      low: 'allow',
      medium: 'flag',
      high: 'block',
      critical: 'block',
    });
    expect(config.tenants[0]?.rateLimits[0]).toMatchObject({ name: null, windowSeconds: 60, scope: {} });
    expect(config.tenants[0]?.budgets[0]).toMatchObject({
      amountNanoUsd: 2_500_000_000n,
      amountTokens: null,
      timeZone: 'UTC',
      mode: 'hard',
      unpriced: 'refuse',
    });
  });

  it('reads prices as nano-USD per million tokens, to the ninth decimal', async () => {
    const price = { inputUsdPerMTok: '0.000000001', outputUsdPerMTok: '12.5', cacheReadUsdPerMTok: '0' };
    const { models, prices } = await parseOrThrow(
      describeDocument({
        models: [{ name: 'chat', deployments: [{ provider: 'main', upstreamModel: 'gpt', price }] }],
        prices: [{ providerKind: 'openai', upstreamModel: 'gpt', effectiveFrom: '2026-01-31', price }],
      }),
    );
    const expected = {
      inputNanoUsdPerMTok: 1n,
      outputNanoUsdPerMTok: 12_500_000_000n,
      cacheReadNanoUsdPerMTok: 0n,
      cacheWriteNanoUsdPerMTok: null,
    };
    expect(models[0]?.deployments[0]?.price).toMatchObject(expected);
    expect(prices[0]).toMatchObject({ ...expected, effectiveFrom: '2026-01-31' });
  });

  it('reads JSON and YAML alike', async () => {
    const document = describeTenant({ rateLimits: [{ metric: 'tokens', limit: 5 }] });
    expect(await parseOrThrow(JSON.stringify(document))).toEqual(await parseOrThrow(document));
  });

  it('accepts sections that are left empty', async () => {
    const config = await parseOrThrow('models:\ntenants:\n  - name: acme\n    keys:\n');
    expect(config.tenants[0]?.keys).toEqual([]);
  });

  it('reports every fault at once, each with its path and line', async () => {
    const text = [
      'providers:',
      '  - { name: main, kind: opnai, baseUrl: "ftp://x" }',
      '  - { name: main, kind: openai, colour: red }',
      'models:',
      '  - name: "gpt-*"',
      '    deployments:',
      '      - { provider: other, upstreamModel: gpt, weight: -1, price: { inputUsdPerMTok: 1 } }',
      'tenants:',
      '  - name: acme',
      '    keys: [{ name: ci, key: "literal" }]',
      '    rateLimits: [{ metric: requests, limit: 0, scope: { key: cd } }]',
      '    budgets: [{ period: year, timeZone: Mars/Olympus, amountUsd: "1", tokens: 5 }]',
    ].join('\n');
    const result = await parseDeclarativeConfig(text, NO_SECRETS);
    const faults = result.ok ? [] : result.faults.map(({ path, line }) => `${line ?? '-'} ${path}`).sort();
    expect(faults).toEqual([
      '10 tenants[0].keys[0].key',
      '11 tenants[0].rateLimits[0].limit',
      '11 tenants[0].rateLimits[0].scope.key',
      '12 tenants[0].budgets[0]',
      '12 tenants[0].budgets[0].period',
      '12 tenants[0].budgets[0].timeZone',
      '2 providers[0].baseUrl',
      '2 providers[0].kind',
      '3 providers[1].colour',
      '3 providers[1].name',
      '5 models[0].name',
      '7 models[0].deployments[0].price.inputUsdPerMTok',
      '7 models[0].deployments[0].price.outputUsdPerMTok',
      '7 models[0].deployments[0].provider',
      '7 models[0].deployments[0].weight',
    ]);
  });

  it.each([
    ['an unknown section', { tennants: [] }, 'tennants'],
    ['an unknown field of a tenant', { tenants: [{ name: 'a', plan: 'x' }] }, 'tenants[0].plan'],
    ['two tenants of one name', { tenants: [{ name: 'a' }, { name: 'a' }] }, 'tenants[1].name'],
    ['a model without deployments', { models: [{ name: 'm', deployments: [] }] }, 'models[0].deployments'],
    [
      'a base URL with a password',
      { providers: [{ name: 'p', kind: 'openai', baseUrl: 'https://u:p@h' }] },
      'providers[0].baseUrl',
    ],
    [
      'settings of a real provider',
      { providers: [{ name: 'p', kind: 'openai', settings: { tps: 5 } }] },
      'providers[0].settings',
    ],
    [
      'unknown settings of the simulated one',
      { providers: [{ name: 'p', kind: 'simulated', settings: { speed: 5 } }] },
      'providers[0].settings',
    ],
    [
      'a platform limit for a key',
      { rateLimits: [{ metric: 'requests', limit: 1, scope: { key: 'x' } }] },
      'rateLimits[0].scope.key',
    ],
    [
      'a limit for a pattern of models',
      { rateLimits: [{ metric: 'requests', limit: 1, scope: { model: 'gpt-*' } }] },
      'rateLimits[0].scope.model',
    ],
    [
      'a name that is kept for unnamed rows',
      { budgets: [{ name: 'auto:x', tokens: 1, period: 'day' }] },
      'budgets[0].name',
    ],
    ['no amount', { budgets: [{ period: 'day' }] }, 'budgets[0]'],
    ['an amount of zero', { budgets: [{ amountUsd: '0', period: 'day' }] }, 'budgets[0].amountUsd'],
    ['ten decimals', { budgets: [{ amountUsd: '1.0000000001', period: 'day' }] }, 'budgets[0].amountUsd'],
    [
      'more money than the database holds',
      { budgets: [{ amountUsd: '9223372037', period: 'day' }] },
      'budgets[0].amountUsd',
    ],
    [
      'a time zone that is an offset',
      { budgets: [{ tokens: 1, period: 'day', timeZone: '+02:00' }] },
      'budgets[0].timeZone',
    ],
    [
      'a webhook that is no URL',
      { budgets: [{ tokens: 1, period: 'day', webhookUrl: 'javascript:1' }] },
      'budgets[0].webhookUrl',
    ],
    [
      'a day that does not exist',
      {
        prices: [
          {
            providerKind: 'openai',
            upstreamModel: 'm',
            effectiveFrom: '2026-02-30',
            price: { inputUsdPerMTok: '1', outputUsdPerMTok: '1' },
          },
        ],
      },
      'prices[0].effectiveFrom',
    ],
    [
      'a pattern that is no regular expression',
      { policies: [{ name: 'p', detectors: [{ type: 'regex', id: 'r', severity: 'low', pattern: '(' }] }] },
      'policies[0].detectors[0].pattern',
    ],
    [
      'two detectors of one id',
      {
        policies: [
          { name: 'p', detectors: ['email', 'secret'].map((type) => ({ type, id: 'x', severity: 'low' })) },
        ],
      },
      'policies[0].detectors[1].id',
    ],
    ['a name on two lines', { tenants: [{ name: 'a\nb' }] }, 'tenants[0].name'],
    [
      'a NUL character',
      { tenants: [{ name: 'a', keys: [{ name: 'k', key: { sha256: HASH }, user: 'a\u0000' }] }] },
      'tenants[0].keys[0].user',
    ],
    ['half a surrogate pair', `{"tenants":[{"name":"\\ud800"}]}`, 'tenants[0].name'],
    [
      'a tag name with a space',
      { tenants: [{ name: 'a', keys: [{ name: 'k', key: { sha256: HASH }, tags: { 'a b': 'x' } }] }] },
      'tenants[0].keys[0].tags.?',
    ],
    ['__proto__', '{"tenants":[{"name":"a","__proto__":{"status":"suspended"}}]}', 'tenants[0]'],
    ['a list where a map is due', { tenants: { name: 'a' } }, 'tenants'],
  ])('refuses %s', async (_, document, path) => {
    expect(Object.keys(await listFaults(document))).toContain(path);
  });

  it('refuses two keys with the same secret, also of two tenants', async () => {
    const key = { name: 'k', key: { sha256: HASH } };
    const faults = await listFaults({
      tenants: [
        { name: 'a', keys: [key] },
        { name: 'b', keys: [key] },
      ],
    });
    expect(faults).toEqual({ 'tenants[1].keys[0].key': 'is the same secret as tenants[0].keys[0].key' });
  });

  it('refuses two prices of one model from the same day on', async () => {
    const price = { inputUsdPerMTok: '1', outputUsdPerMTok: '1' };
    const entry = { providerKind: 'openai', upstreamModel: 'm', effectiveFrom: '2026-01-01', price };
    const others = [
      entry,
      { ...entry, effectiveFrom: '2026-01-02' },
      { ...entry, providerKind: 'anthropic' },
    ];
    expect(Object.keys(await listFaults({ prices: [...others, entry] }))).toEqual(['prices[3]']);
  });

  it('lets a tenant use its own provider, else the platform’s, never another tenant’s', async () => {
    const model = { name: 'm', deployments: [{ provider: 'own', upstreamModel: 'x' }] };
    const own = { name: 'own', kind: 'openai' };
    const shared = { name: 'm2', deployments: [{ provider: 'main', upstreamModel: 'x' }] };
    expect(await listFaults(describeTenant({ providers: [own], models: [model, shared] }))).toEqual({});
    const stranger = describeDocument({
      tenants: [
        { name: 'a', providers: [own] },
        { name: 'b', models: [model] },
      ],
    });
    expect(Object.keys(await listFaults(stranger))).toEqual(['tenants[1].models[0].deployments[0].provider']);
    const platform = describeDocument({ models: [model], tenants: [{ name: 'a', providers: [own] }] });
    expect(Object.keys(await listFaults(platform))).toEqual(['models[0].deployments[0].provider']);
  });

  it('checks the models of the simulated provider by its grammar', async () => {
    const simulate = (upstreamModel: string) => ({
      providers: [{ name: 'sim', kind: 'simulated', settings: { latency: 20 } }],
      models: [{ name: 'm', deployments: [{ provider: 'sim', upstreamModel }] }],
    });
    expect(await listFaults(simulate('sim:tps=50:tools'))).toEqual({});
    expect(Object.keys(await listFaults(simulate('sim:warp=9')))).toEqual([
      'models[0].deployments[0].upstreamModel',
    ]);
  });

  it.each([
    ['an empty file', '', 'the file is empty'],
    ['a file of comments', '# nothing\n', 'the file is empty'],
    ['a member twice', 'tenants: []\ntenants: []', 'is not valid YAML at column 1: duplicate key'],
    ['two documents', 'tenants: []\n---\ntenants: []', 'multiple docs'],
    ['broken JSON', '{"tenants": [', 'is not valid YAML'],
    ['an alias to nothing', 'tenants: *none', 'uses an alias that leads nowhere'],
    ['a tag of its own', 'tenants: !!js/function "x"', 'is not valid YAML'],
    ['a map as a name', '? { a: 1 }\n: 2', 'non string key'],
    ['text only', 'hello', 'expected object'],
    ['endless depth', '['.repeat(100_000), 'resource exhaustion'],
    ['much depth', `{"tenants": ${'['.repeat(200)}${']'.repeat(200)}}`, 'nested deeper than 32 levels'],
  ])('refuses %s', async (_, text, message) => {
    expect(Object.values(await listFaults(text)).join('; ')).toContain(message);
  });

  it('refuses aliases that grow into a giant, at once', async () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const items = Array.from({ length: 9 }, () => (level === 0 ? 'lol' : `*a${level - 1}`));
      return `a${level}: &a${level} [${items.join(', ')}]`;
    });
    const startedAt = performance.now();
    expect(Object.values(await listFaults(levels.join('\n')))).toEqual([
      'uses an alias that leads nowhere, or aliases too often',
    ]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('refuses an alias to what it stands in', async () => {
    expect(Object.values(await listFaults('tenants: &t\n  - *t'))).not.toEqual([]);
  });

  it('expands modest aliases', async () => {
    const text = 'tenants:\n  - name: a\n    cache: &c { mode: "off" }\n  - name: b\n    cache: *c\n';
    const { tenants } = await parseOrThrow(text);
    expect(tenants.map(({ cache }) => cache.mode)).toEqual(['off', 'off']);
  });
});
