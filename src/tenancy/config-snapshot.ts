import type { DeploymentId, KeyId, ModelId, Owner, ProviderId, TenantId } from '../common/ids.js';
import type { NanoUsd } from '../common/money.js';

/** What a limit, budget or policy applies to inside its owner's reach. All members present must match. */
export interface Scope {
  keyId?: KeyId;
  /** Public model name. */
  model?: string;
  /** `name=value`. */
  tag?: string;
  user?: string;
}

export interface TenantConfig {
  id: TenantId;
  name: string;
  status: 'active' | 'suspended' | 'archived';
  cache: { mode: 'off' | 'deterministic' | 'always'; ttlSeconds: number };
  /** What limits do while Redis cannot answer: each process keeps its share, or requests are refused. */
  quotaFallback: 'local' | 'closed';
}

export interface ApiKeyConfig {
  id: KeyId;
  /** The first of the keys that replaced one another by rotation until this one. Scopes name it and mean them all. */
  firstId: KeyId;
  tenantId: TenantId;
  name: string;
  /** First characters, to recognise the key in lists. */
  prefix: string;
  expiresAtMs: number | null;
  /** Model names, `*` matches any run of characters; an empty list allows all models of the tenant. */
  allowedModels: string[];
  tags: Record<string, string>;
  requiredTags: string[];
  user: string | null;
  status: 'active' | 'revoked';
}

export type ProviderKind = 'openai' | 'anthropic' | 'simulated';

export interface UpstreamTimeouts {
  connectMs: number;
  firstByteMs: number;
  idleMs: number;
  totalMs: number;
}

export interface BreakerSettings {
  /** Opens after this many failures in a row. */
  consecutiveFailures: number;
  /** Opens when this share (0..1) of the window's calls failed, given `minimumCalls`. */
  errorRatio: number;
  minimumCalls: number;
  windowSeconds: number;
  /** A call slower than this to its first byte counts as slow; null switches slow calls off. */
  slowCallMs: number | null;
  slowCallRatio: number;
  /** How long it stays open before a probe is admitted. Doubles with each failed probe up to 8 times. */
  openSeconds: number;
  /** Probes that must succeed before it closes. */
  halfOpenSuccesses: number;
}

export interface ProviderConfig {
  id: ProviderId;
  owner: Owner;
  name: string;
  kind: ProviderKind;
  baseUrl: string;
  /** Decrypted; null where the provider needs none. Never logged, never serialised. */
  apiKey: string | null;
  timeouts: UpstreamTimeouts;
  breaker: BreakerSettings;
  /** Kind-specific settings, such as the simulated provider's latency. */
  settings: Record<string, string | number | boolean>;
}

/** Prices in integer nano-USD per million tokens. Null members are derived by the seed profile and marked so. */
export interface Price {
  inputNanoUsdPerMTok: NanoUsd;
  outputNanoUsdPerMTok: NanoUsd;
  cacheReadNanoUsdPerMTok: NanoUsd | null;
  cacheWriteNanoUsdPerMTok: NanoUsd | null;
  cacheWrite1hNanoUsdPerMTok: NanoUsd | null;
  reasoningNanoUsdPerMTok: NanoUsd | null;
}

export interface PriceEntry extends Price {
  owner: Owner;
  providerKind: ProviderKind;
  upstreamModel: string;
  /** First day the price holds, UTC, `2026-01-31`. */
  effectiveFrom: string;
  source: string;
}

export interface DeploymentConfig {
  id: DeploymentId;
  providerId: ProviderId;
  upstreamModel: string;
  weight: number;
  /** Lower is tried first. */
  priority: number;
  defaultMaxOutputTokens: number | null;
  /** Overrides the catalogue. */
  price: Price | null;
  /** Ask for usage in OpenAI streams (`stream_options.include_usage`). */
  streamUsage: boolean;
  timeouts: Partial<UpstreamTimeouts>;
}

export interface ModelConfig {
  id: ModelId;
  owner: Owner;
  name: string;
  createdAtMs: number;
  strategy: 'priority' | 'weighted';
  deployments: DeploymentConfig[];
}

export type DetectorConfig =
  | { type: 'keyword'; id: string; severity: Severity; keywords: string[]; wholeWord?: boolean }
  | { type: 'regex'; id: string; severity: Severity; pattern: string; caseInsensitive?: boolean }
  | { type: 'email'; id: string; severity: Severity }
  | { type: 'payment-card'; id: string; severity: Severity }
  | { type: 'secret'; id: string; severity: Severity }
  | { type: 'size'; id: string; severity: Severity; maxCharacters: number };

export type Severity = 'low' | 'medium' | 'high' | 'critical';
export type PolicyAction = 'allow' | 'flag' | 'redact' | 'block';

export interface PolicyConfig {
  id: string;
  owner: Owner;
  name: string;
  version: number;
  scope: Scope;
  direction: 'request' | 'response' | 'both';
  detectors: DetectorConfig[];
  actions: Record<Severity, PolicyAction>;
  mode: 'enforce' | 'shadow';
}

export type LimitMetric = 'requests' | 'tokens' | 'input-tokens' | 'output-tokens' | 'concurrency';

export interface RateLimitConfig {
  id: string;
  owner: Owner;
  scope: Scope;
  metric: LimitMetric;
  limit: number;
  /** Ignored for concurrency. */
  windowSeconds: number;
}

export interface BudgetConfig {
  id: string;
  owner: Owner;
  scope: Scope;
  /** Exactly one of the two amounts is set. */
  amountNanoUsd: NanoUsd | null;
  amountTokens: number | null;
  period: 'day' | 'week' | 'month' | 'total';
  /** IANA name; periods begin at local midnight there. */
  timeZone: string;
  mode: 'hard' | 'soft';
  alertPercents: number[];
  webhookUrl: string | null;
  unpriced: 'refuse' | 'allow';
}

/** All members present must match. Names may hold `*` for any run of characters. */
export interface RoutingConditions {
  model?: string;
  keyId?: KeyId;
  /** `name=value`. */
  tag?: string;
  user?: string;
  taskClass?: string;
  sizeClass?: string;
  /** One of the request's modalities. */
  modality?: string;
  stream?: boolean;
}

export type RoutingAction =
  /** Serve the request with another model. */
  | { type: 'use-model'; model: string }
  /** Only these providers' deployments of the model, by provider name. */
  | { type: 'use-providers'; providers: string[] };

export interface RoutingRuleConfig {
  id: string;
  owner: Owner;
  name: string;
  /** Lower is asked first. */
  priority: number;
  conditions: RoutingConditions;
  action: RoutingAction;
}

/** Everything the data plane decides by, immutable; a change makes a new one. Keys are in the key directory, not here. */
export interface ConfigSnapshot {
  /** `config_version` this was read at. */
  version: number;
  tenants: ReadonlyMap<TenantId, TenantConfig>;
  providers: ReadonlyMap<ProviderId, ProviderConfig>;
  models: readonly ModelConfig[];
  policies: readonly PolicyConfig[];
  rateLimits: readonly RateLimitConfig[];
  budgets: readonly BudgetConfig[];
  prices: readonly PriceEntry[];
  /** In the order they are asked. */
  routingRules: readonly RoutingRuleConfig[];
}
