import type { Clock } from '../../common/clock.port.js';
import type { CircuitBreakers } from '../../support/circuit-breaker/circuit-breaker.port.js';
import type { ProviderKind, UpstreamTimeouts } from '../../tenancy/config-snapshot.js';
import type { AttemptRecorder } from './attempt-recorder.port.js';
import type { BackoffSettings } from './compute-backoff.js';
import type { RetryBudget } from './retry-budget.js';
import type { ProviderProfile, UpstreamTransport } from './upstream-transport.port.js';

/** How one kind of provider is reached and spoken to. */
export interface ProviderBinding {
  readonly transport: UpstreamTransport;
  readonly profile: ProviderProfile;
}

export interface ExecutorSettings {
  /** The process's limits; provider and deployment narrow them. */
  timeouts: UpstreamTimeouts;
  backoff: BackoffSettings;
  /** Exchanges per request, failovers and retries together. */
  maxAttempts: number;
  /** Cooldown after a 429 or 529 that names no time, milliseconds. */
  defaultCooldownMs: number;
}

/** What runs share; made once. */
export interface ExecutorParts {
  readonly breakers: CircuitBreakers;
  readonly bindings: Readonly<Record<ProviderKind, ProviderBinding>>;
  readonly clock: Clock;
  readonly retryBudget: RetryBudget;
  readonly recorder: AttemptRecorder;
  readonly settings: ExecutorSettings;
  /** In [0, 1). */
  random: () => number;
}
