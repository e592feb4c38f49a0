import type { ModelConfig, ProviderConfig } from '../../tenancy/config-snapshot.js';
import { applyRoutingRules, type NarrowingRule } from './apply-routing-rules.js';

describe('applyRoutingRules', () => {
  const platform = { id: 'p1', owner: 'platform' } as unknown as ProviderConfig;
  const acme = { id: 'p2', owner: 'acme' } as unknown as ProviderConfig;
  const providers = new Map([platform, acme].map((provider) => [provider.id, provider]));
  const deployments = ['p1', 'p2', 'gone'].map((providerId) => ({ id: `d-${providerId}`, providerId }));

  it.each([
    ['platform', ['d-p1']],
    ['acme', ['d-p1', 'd-p2']],
    ['other', ['d-p1']],
  ])('lets a model of %s use the platform’s providers and its owner’s own', (owner, expected) => {
    const model = { owner, deployments } as unknown as ModelConfig;
    expect(applyRoutingRules(model, providers).map(({ deployment }) => deployment.id)).toEqual(expected);
    expect(applyRoutingRules(model, providers)).toBe(applyRoutingRules(model, providers));
  });

  it("keeps what every rule allows; a platform's rule means the platform's providers", () => {
    const named = (id: string, owner: string, name: string) =>
      ({ id, owner, name }) as unknown as ProviderConfig;
    const all = [named('p1', 'platform', 'eu'), named('p2', 'acme', 'eu'), named('p3', 'platform', 'us')];
    const byId = new Map(all.map((provider) => [provider.id, provider]));
    const model = {
      owner: 'acme',
      deployments: all.map(({ id }) => ({ id: `d-${id}`, providerId: id })),
    } as unknown as ModelConfig;
    const only = (owner: string, ...names: string[]): NarrowingRule =>
      ({ owner, action: { type: 'use-providers', providers: names } }) as NarrowingRule;
    const choose = (...rules: (NarrowingRule | null)[]) =>
      applyRoutingRules(model, byId, rules).map(({ deployment }) => deployment.id);
    expect(choose(only('acme', 'eu'))).toEqual(['d-p1', 'd-p2']);
    expect(choose(only('platform', 'eu'))).toEqual(['d-p1']);
    expect(choose(only('acme', 'us', 'eu'), only('platform', 'eu'))).toEqual(['d-p1']);
    expect(choose(only('acme', 'us'), only('platform', 'eu'))).toEqual([]);
    expect(choose(null, null)).toEqual(['d-p1', 'd-p2', 'd-p3']);
  });
});
