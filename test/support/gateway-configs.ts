import type { TestConfig } from './gateway.ts';
import type { Upstream } from './upstreams/upstream-server.ts';

type Json = Record<string, unknown>;

export const PRICE = { inputUsdPerMTok: '1', outputUsdPerMTok: '2' };

export function describeProvider(kind: 'openai' | 'anthropic', upstream: Upstream, change: Json = {}): Json {
  return { name: kind, kind, baseUrl: `${upstream.url}/v1`, apiKey: { env: 'UPSTREAM_KEY' }, ...change };
}

/** One model `public` on one upstream, one tenant, one key `main`. */
export function configureOne(
  kind: 'openai' | 'anthropic',
  upstream: Upstream,
  tenant: Json = {},
): TestConfig {
  return {
    providers: [describeProvider(kind, upstream)],
    models: [
      { name: 'public', deployments: [{ provider: kind, upstreamModel: 'upstream-model', price: PRICE }] },
    ],
    tenants: [{ name: 'acme', keys: [{ name: 'main' }], ...tenant }],
  };
}

/** One model `public` on the built-in provider. */
export function configureSimulated(upstreamModel = 'simulated-1', tenant: Json = {}): TestConfig {
  return {
    providers: [{ name: 'simulated', kind: 'simulated', baseUrl: 'http://simulated.invalid' }],
    models: [{ name: 'public', deployments: [{ provider: 'simulated', upstreamModel, price: PRICE }] }],
    tenants: [{ name: 'acme', keys: [{ name: 'main' }], ...tenant }],
  };
}
