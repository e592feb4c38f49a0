import type {
  BreakerSettings,
  BudgetConfig,
  DetectorConfig,
  LimitMetric,
  ModelConfig,
  PolicyAction,
  PolicyConfig,
  Price,
  PriceEntry,
  ProviderKind,
  RoutingAction,
  RoutingConditions,
  Severity,
  TenantConfig,
  UpstreamTimeouts,
} from '../../tenancy/config-snapshot.js';

/**
 * The declarative file after reading: defaults filled in, secrets resolved, names checked against each other. Names, not
 * ids: what a name stands for is decided when it is applied to a database.
 */
export interface DeclarativeConfig extends DeclaredSection {
  tenants: DeclaredTenant[];
}

/** What the platform and each tenant can own. */
export interface DeclaredSection {
  providers: DeclaredProvider[];
  models: DeclaredModel[];
  policies: DeclaredPolicy[];
  rateLimits: DeclaredRateLimit[];
  budgets: DeclaredBudget[];
  routingRules: DeclaredRoutingRule[];
  prices: DeclaredPrice[];
}

/** What can be written down without being in force. */
interface Switchable {
  enabled: boolean;
}

/** The platform's hold for every tenant that has no price of its own. */
export type DeclaredPrice = Omit<PriceEntry, 'owner'>;

export interface DeclaredTenant extends DeclaredSection {
  name: string;
  status: 'active' | 'suspended';
  cache: TenantConfig['cache'];
  quotaFallback: TenantConfig['quotaFallback'];
  keys: DeclaredKey[];
}

export interface DeclaredKey {
  name: string;
  /** SHA-256 of the key's text, lower-case hex. */
  hash: string;
  /** First characters of the key; null where the file gives only its hash. */
  prefix: string | null;
  expiresAt: Date | null;
  allowedModels: string[];
  tags: Record<string, string>;
  requiredTags: string[];
  user: string | null;
}

export interface DeclaredProvider extends Switchable {
  name: string;
  kind: ProviderKind;
  baseUrl: string;
  /** In clear text: never logged, never serialised, sealed before it is stored. Sealed: as an export carries it. */
  apiKey: string | SealedCredential | null;
  timeouts: Partial<UpstreamTimeouts>;
  breaker: Partial<BreakerSettings>;
  settings: Record<string, string | number | boolean>;
}

/** Opened when it is applied, for the place where it stands: see seal-for-export.ts. */
export interface SealedCredential {
  sealed: string;
}

export interface DeclaredModel extends Switchable {
  name: string;
  strategy: ModelConfig['strategy'];
  deployments: DeclaredDeployment[];
}

export interface DeclaredDeployment {
  /** Null: of the same owner, else of the platform. */
  providerOwner: 'platform' | null;
  provider: string;
  upstreamModel: string;
  weight: number;
  priority: number;
  defaultMaxOutputTokens: number | null;
  price: Price | null;
  streamUsage: boolean;
  timeouts: Partial<UpstreamTimeouts>;
}

/** As `Scope`, with the key's name inside the tenant instead of its id. */
export interface DeclaredScope {
  key?: string;
  model?: string;
  tag?: string;
  user?: string;
}

export interface DeclaredPolicy extends Switchable {
  name: string;
  scope: DeclaredScope;
  direction: PolicyConfig['direction'];
  detectors: DetectorConfig[];
  actions: Record<Severity, PolicyAction>;
  mode: PolicyConfig['mode'];
}

export interface DeclaredRateLimit extends Switchable {
  /** Null: recognised again by what it limits. */
  name: string | null;
  scope: DeclaredScope;
  metric: LimitMetric;
  limit: number;
  windowSeconds: number;
}

export interface DeclaredBudget
  extends Omit<BudgetConfig, 'id' | 'owner' | 'scope' | 'webhookUrl'>, Switchable {
  /** Null: recognised again by what it limits. */
  name: string | null;
  scope: DeclaredScope;
  /** May be a secret: never logged. Sealed: as an export carries it. */
  webhookUrl: string | SealedCredential | null;
}

/** As `RoutingConditions`, with the key's name inside the tenant instead of its id. */
export interface DeclaredConditions extends Omit<RoutingConditions, 'keyId'> {
  key?: string;
}

export interface DeclaredRoutingRule extends Switchable {
  name: string;
  priority: number;
  conditions: DeclaredConditions;
  action: RoutingAction;
}
