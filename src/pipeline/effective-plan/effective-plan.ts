import type { DeploymentId } from '../../common/ids.js';
import type {
  DeploymentConfig,
  ModelConfig,
  Price,
  ProviderConfig,
  RoutingRuleConfig,
} from '../../tenancy/config-snapshot.js';
import type { QuotaPlan } from '../rate-limiter/build-quota-entries.js';
import type { CompiledPolicies } from '../validation-gate/compile-policies.js';

/** A deployment that may serve the model, with its provider and its price of today. */
export interface PlannedDeployment {
  deployment: DeploymentConfig;
  provider: ProviderConfig;
  /** Null where no price is known. */
  price: Price | null;
}

export interface EffectivePlanInit {
  model: ModelConfig;
  rule: RoutingRuleConfig | null;
  deployments: readonly PlannedDeployment[];
  policies: CompiledPolicies;
  quota: QuotaPlan;
  fingerprint: string;
  /** For deployments that set no maximum themselves. */
  fallbackMaxOutputTokens: number;
}

/**
 * Everything that configuration says about requests of one key for one model: compiled once per snapshot, shared by all of
 * them, never changed.
 */
export class EffectivePlan {
  /** The model that serves; a routing rule may have chosen another than was asked for. */
  readonly model: ModelConfig;
  /** The rule that matched, or null. */
  readonly rule: RoutingRuleConfig | null;
  readonly deployments: readonly PlannedDeployment[];
  readonly policies: CompiledPolicies;
  readonly quota: QuotaPlan;
  /** Changes with anything that could change an answer; part of every cache key. */
  readonly fingerprint: string;
  /** Sent upstream when the client set no maximum under a hard budget. */
  readonly defaultMaxOutputTokens: number;
  /** Some deployment has no price. */
  readonly isUnpriced: boolean;
  private readonly prices: ReadonlyMap<DeploymentId, Price | null>;

  constructor(init: EffectivePlanInit) {
    const { deployments } = init;
    this.model = init.model;
    this.rule = init.rule;
    this.deployments = deployments;
    this.policies = init.policies;
    this.quota = init.quota;
    this.fingerprint = init.fingerprint;
    this.prices = new Map(deployments.map(({ deployment, price }) => [deployment.id, price]));
    this.isUnpriced = deployments.some(({ price }) => price === null);
    this.defaultMaxOutputTokens = Math.max(
      ...deployments.map(
        ({ deployment }) => deployment.defaultMaxOutputTokens ?? init.fallbackMaxOutputTokens,
      ),
      1,
    );
  }

  /** Null where no price is known. */
  findPrice(deploymentId: DeploymentId): Price | null {
    return this.prices.get(deploymentId) ?? null;
  }
}
