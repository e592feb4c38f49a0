import type { DeploymentId } from '../../common/ids.js';
import type { BreakerSettings } from '../../tenancy/config-snapshot.js';

export type BreakerState =
  | { state: 'closed' }
  | { state: 'open'; sinceMs: number; untilMs: number; reason: string }
  | { state: 'half-open'; successes: number; probing: boolean };

export interface BreakerStatus {
  deploymentId: DeploymentId;
  breaker: BreakerState;
  /** Set by a 429 with retry-after: not a failure, but no traffic until then. */
  cooldownUntilMs: number | null;
  calls: number;
  failures: number;
  slowCalls: number;
}

/** Leave to call a deployment. Every permit ends in exactly one of its methods; `release` when the outcome says nothing about the provider. */
export interface BreakerPermit {
  readonly probe: boolean;
  recordSuccess(firstByteMs: number): void;
  /**
   * A probe's stream has begun. As a probe it has succeeded, so that others need not wait for its end; the permit stays open,
   * and its outcome counts like that of a call admitted in the state that this has led to. Of other permits: nothing.
   */
  recordOpened(firstByteMs: number): void;
  recordFailure(reason: string): void;
  release(): void;
}

/** Three-state breaker per deployment, shared between processes in the background. */
export interface CircuitBreakers {
  /** Null when open, cooling down, or the one half-open probe is out. Never waits. */
  tryAcquire(deploymentId: DeploymentId, settings: BreakerSettings): BreakerPermit | null;
  /** Whether tryAcquire would admit, without taking a probe. */
  isProviderHealthy(deploymentId: DeploymentId): boolean;
  coolDown(deploymentId: DeploymentId, retryAfterMs: number): void;
  /** Milliseconds until the deployment may be tried again; 0 when healthy. */
  retryAfterMs(deploymentId: DeploymentId): number;
  /** Null for a deployment that was never called. */
  findStatus(deploymentId: DeploymentId): BreakerStatus | null;
  /** Of every deployment that was called: for reports, not for requests. */
  listStatus(): BreakerStatus[];
}

export const CIRCUIT_BREAKERS = Symbol('CircuitBreakers');
