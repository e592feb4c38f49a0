import { describeDocument, describeTenant, listFaults, parseOrThrow } from './declarative.spec-support.js';

const action = { type: 'use-model', model: 'chat' };

describe('routing rules in the file', () => {
  it('are of the platform or a tenant, with defaults filled in', async () => {
    const rule = { name: 'r', conditions: { model: 'gpt-*', stream: true }, action };
    const own = {
      name: 'r',
      conditions: { key: 'ci' },
      action: { type: 'use-providers', providers: ['main'] },
    };
    const keys = [{ name: 'ci', key: { sha256: 'a'.repeat(64) } }];
    const config = await parseOrThrow({
      ...describeTenant({ keys, routingRules: [own] }),
      routingRules: [rule],
    });
    expect(config.routingRules).toEqual([{ ...rule, priority: 0, enabled: true }]);
    expect(config.tenants[0]?.routingRules).toEqual([{ ...own, priority: 0, enabled: true }]);
  });

  it('name keys of their own tenant, providers that their owner sees, and nothing unknown', async () => {
    const faults = await listFaults({
      ...describeTenant({
        routingRules: [
          { name: 'a', conditions: { key: 'nobody' }, action },
          { name: 'a', action: { type: 'use-providers', providers: ['main', 'nowhere'] } },
        ],
      }),
      routingRules: [{ name: 'p', conditions: { key: 'ci', taskClass: 'cook' }, action: { type: 'drop' } }],
    });
    expect(Object.keys(faults).sort()).toEqual([
      'routingRules[0].action.type',
      'routingRules[0].conditions.key',
      'routingRules[0].conditions.taskClass',
      'tenants[0].routingRules[0].conditions.key',
      'tenants[0].routingRules[1].action.providers[1]',
      'tenants[0].routingRules[1].name',
    ]);
  });
});

describe('prices in the file', () => {
  const price = {
    providerKind: 'openai',
    upstreamModel: 'gpt',
    effectiveFrom: '2026-01-01',
    price: { inputUsdPerMTok: '1', outputUsdPerMTok: '2' },
  };

  it('may be of a tenant beside those of the platform for the same model and day', async () => {
    const config = await parseOrThrow({ ...describeTenant({ prices: [price] }), prices: [price] });
    expect(config.tenants[0]?.prices).toEqual(config.prices);
    expect(await listFaults(describeTenant({ prices: [price, price] }))).toEqual({
      'tenants[0].prices[1]': expect.stringContaining('same model'),
    });
  });
});

describe('sealed credentials in the file', () => {
  const withKey = (apiKey: unknown) =>
    describeDocument({ providers: [{ name: 'main', kind: 'openai', apiKey }] });

  it('are kept as they are until they are applied', async () => {
    const sealed = 'v1:0123abcd:bm9uY2U:Y2lwaGVy:dGFn';
    const config = await parseOrThrow(withKey({ sealed }));
    expect(config.providers[0]?.apiKey).toEqual({ sealed });
  });

  it.each([{ sealed: 'sk-secret' }, { sealed: 7 }, { sealed: 'v1:0123abcd:a:b:c', env: 'X' }])(
    'are refused in another form, without being repeated (%j)',
    async (apiKey) => {
      const faults = await listFaults(withKey(apiKey));
      expect(faults).toEqual({ 'providers[0].apiKey': expect.stringContaining('{ sealed: TEXT }') });
      expect(JSON.stringify(faults)).not.toContain('sk-secret');
    },
  );
});
