import type { ModelConfig, ProviderConfig } from '../../tenancy/config-snapshot.js';
import { applyRoutingRules } from './apply-routing-rules.js';

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
});
