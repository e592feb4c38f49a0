import { ManualClock } from '../../common/clock.port.js';
import type { ConfigStore } from '../../tenancy/config-store.js';
import { UnpricedModelsService } from './unpriced-models.service.js';

const deployment = (id: string) => ({ id, providerId: 'p', upstreamModel: id, price: null });
const price = (owner: string, upstreamModel: string) => ({
  ...{ owner, upstreamModel, providerKind: 'openai', effectiveFrom: '1970-01-01' },
  ...{ inputNanoUsdPerMTok: 1n, outputNanoUsdPerMTok: 1n },
});

const SNAPSHOT = {
  providers: new Map([['p', { name: 'main', kind: 'openai' }]]),
  models: [
    { owner: 'platform', name: 'common', deployments: [deployment('priced-by-a'), deployment('by-nobody')] },
    { owner: 'b', name: 'own', deployments: [deployment('of-b')] },
  ],
  prices: [price('a', 'priced-by-a')],
};

it.each([
  ['the platform', null, ['priced-by-a', 'by-nobody', 'of-b']],
  ['a tenant with a price of its own', 'a', ['by-nobody']],
  ['another tenant', 'b', ['priced-by-a', 'by-nobody', 'of-b']],
])('lists for %s what its requests would be booked at unknown cost', (_who, tenantId, expected) => {
  const configStore = { current: () => SNAPSHOT } as unknown as Pick<ConfigStore, 'current'>;
  const service = new UnpricedModelsService(configStore, new ManualClock());
  expect(service.list({ tenantId }).map(({ deploymentId }) => deploymentId)).toEqual(expected);
});
