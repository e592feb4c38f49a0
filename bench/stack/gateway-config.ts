import { stringify } from 'yaml';

export interface GatewayConfigInput {
  /** Base URL of the mock, with `/v1`. */
  upstream: string;
  keySha256: string;
  /** More public models, each one deployment on the OpenAI mock under the same name: the faults of the soak run. */
  faultModels?: string[];
}

/** Everything on: two deployments, card and secret detection that blocks, limits and a hard budget that are never reached. */
export function buildGatewayConfig({ upstream, keySha256, faultModels = [] }: GatewayConfigInput): string {
  const price = { inputUsdPerMTok: '1', outputUsdPerMTok: '2' };
  return stringify({
    providers: [
      { name: 'mock-openai', kind: 'openai', baseUrl: upstream },
      { name: 'mock-anthropic', kind: 'anthropic', baseUrl: upstream },
    ],
    models: [
      {
        name: 'bench',
        strategy: 'weighted',
        deployments: [
          { provider: 'mock-openai', upstreamModel: 'bench', weight: 2, price },
          { provider: 'mock-openai', upstreamModel: 'bench-too', weight: 1, price },
        ],
      },
      {
        name: 'bench-translated',
        strategy: 'weighted',
        deployments: [
          { provider: 'mock-anthropic', upstreamModel: 'bench', weight: 2, price },
          { provider: 'mock-anthropic', upstreamModel: 'bench-too', weight: 1, price },
        ],
      },
      ...faultModels.map((name) => ({
        name,
        deployments: [{ provider: 'mock-openai', upstreamModel: name, price }],
      })),
    ],
    tenants: [
      {
        name: 'bench',
        cache: { mode: 'deterministic', ttlSeconds: 3600 },
        keys: [{ name: 'bench', key: { sha256: keySha256 }, tags: { team: 'bench' } }],
        policies: [
          {
            name: 'no-secrets',
            direction: 'request',
            mode: 'enforce',
            detectors: [
              { type: 'payment-card', id: 'card', severity: 'high' },
              { type: 'secret', id: 'secret', severity: 'critical' },
            ],
            actions: { low: 'allow', medium: 'allow', high: 'block', critical: 'block' },
          },
        ],
        rateLimits: [
          { metric: 'requests', limit: 1_000_000_000, windowSeconds: 60 },
          { scope: { model: 'bench' }, metric: 'requests', limit: 1_000_000_000, windowSeconds: 60 },
          { metric: 'concurrency', limit: 100_000 },
        ],
        budgets: [{ amountUsd: '100000000', period: 'month', timeZone: 'UTC', mode: 'hard' }],
      },
    ],
  });
}
