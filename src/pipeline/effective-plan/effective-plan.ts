import type { DeploymentId } from '../../common/ids.js';
import type { DeploymentConfig, ModelConfig, Price, ProviderConfig } from '../../tenancy/config-snapshot.js';
import type { QuotaPlan } from '../rate-limiter/build-quota-entries.js';
import type { CompiledPolicies } from '../validation-gate/compile-policies.js';

/** A deployment that may serve the model, with its provider and its price of today. */
export interface PlannedDeployment {
  deployment: DeploymentConfig;
  provider: ProviderConfig;
  /** Null where no price is known. */
  price: Price | null;
}

/**
 * Everything that configuration says about requests of one key for one model: compiled once per snapshot, shared by all of
 * them, never changed.
 */
export class EffectivePlan {
  private readonly prices: ReadonlyMap<DeploymentId, Price | null>;
  /** Sent upstream when the client set no maximum under a hard budget. */
  readonly defaultMaxOutputTokens: number;
  /** Some deployment has no price. */
  readonly isUnpriced: boolean;

  constructor(
    readonly model: ModelConfig,
    readonly deployments: readonly PlannedDeployment[],
    readonly policies: CompiledPolicies,
    readonly quota: QuotaPlan,
    /** Changes with anything that could change an answer; part of every cache key. */
    readonly fingerprint: string,
    fallbackMaxOutputTokens: number,
  ) {
    this.prices = new Map(deployments.map(({ deployment, price }) => [deployment.id, price]));
    this.isUnpriced = deployments.some(({ price }) => price === null);
    this.defaultMaxOutputTokens = Math.max(
      ...deployments.map(({ deployment }) => deployment.defaultMaxOutputTokens ?? fallbackMaxOutputTokens),
      1,
    );
  }

  /** Null where no price is known. */
  findPrice(deploymentId: DeploymentId): Price | null {
    return this.prices.get(deploymentId) ?? null;
  }
}
