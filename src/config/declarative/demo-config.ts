import type { DeclarativeConfig, DeclaredDeployment, DeclaredModel } from './declarative-config.js';
import { DEFAULT_BASE_URLS } from './schema/provider.schema.js';

const PROVIDER = 'simulated';

/** What each model of the demo shows; the spelling is that of parse-simulated-model.ts. */
const MODELS: readonly (readonly [name: string, ...upstreamModels: string[]])[] = [
  ['simulated-1', 'simulated-1'],
  ['simulated-slow', 'sim:latency=800:jitter=400:tps=40:tokens=200'],
  ['simulated-tools', 'sim:tools'],
  ['simulated-reasoning', 'sim:reasoning=48:tps=80'],
  // Half of the requests fail at the first deployment and are answered by the second.
  ['simulated-failover', 'sim:status=503:share=0.5', 'simulated-1'],
];

/**
 * What a gateway without configuration starts with: one tenant, one key, models of the built-in provider.
 * @param demoKeySha256Hex SHA-256 of the demo key, lower-case hex.
 */
export function buildDemoConfig(demoKeySha256Hex: string): DeclarativeConfig {
  const key = { name: 'demo', hash: demoKeySha256Hex, prefix: null, expiresAt: null, user: null };
  return {
    providers: [
      {
        name: PROVIDER,
        kind: 'simulated',
        baseUrl: DEFAULT_BASE_URLS.simulated,
        apiKey: null,
        timeouts: {},
        breaker: {},
        settings: {},
        enabled: true,
      },
    ],
    models: MODELS.map(([name, ...upstreamModels]) => buildModel(name, upstreamModels)),
    policies: [],
    rateLimits: [],
    budgets: [],
    routingRules: [],
    prices: [],
    tenants: [
      {
        name: 'demo',
        status: 'active',
        cache: { mode: 'deterministic', ttlSeconds: 3_600 },
        quotaFallback: 'local',
        keys: [{ ...key, allowedModels: [], tags: {}, requiredTags: [] }],
        providers: [],
        models: [],
        policies: [],
        rateLimits: [],
        budgets: [],
        routingRules: [],
        prices: [],
      },
    ],
  };
}

function buildModel(name: string, upstreamModels: readonly string[]): DeclaredModel {
  return { name, strategy: 'priority', deployments: upstreamModels.map(buildDeployment), enabled: true };
}

function buildDeployment(upstreamModel: string, priority: number): DeclaredDeployment {
  return {
    provider: PROVIDER,
    providerOwner: null,
    upstreamModel,
    weight: 1,
    priority,
    defaultMaxOutputTokens: null,
    price: null,
    streamUsage: true,
    timeouts: {},
  };
}
