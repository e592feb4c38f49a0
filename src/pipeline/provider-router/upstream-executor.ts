import type { Clock } from '../../common/clock.port.js';
import type { CircuitBreakers } from '../../support/circuit-breaker/circuit-breaker.port.js';
import type { ProviderKind, UpstreamTimeouts } from '../../tenancy/config-snapshot.js';
import type { BackoffSettings } from './compute-backoff.js';
import type { RetryBudget } from './retry-budget.js';
import type { ExecutionHandle, ExecutionSink, UpstreamExecution } from './upstream-execution.js';
import { UpstreamRun } from './upstream-run.js';
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
  readonly settings: ExecutorSettings;
  /** In [0, 1). */
  random(): number;
}

/**
 * Brings a request to an answer over its candidates.
 *
 * Guarantees: the sink hears exactly one ending (see ExecutionSink); once a byte was handed over no other candidate is
 * called; each permit ends exactly once; an abort reaches the upstream at once; no promise and no closure per chunk.
 *
 * 1. Candidates in their order: breaker permit (none: skipped), render, send. Failover to a deployment that was not called
 *    yet is free, up to `maxAttempts`.
 * 2. A rejection (the client's fault) ends at once. 429 and 529 cool the deployment down. Everything else is a failure of
 *    the deployment.
 * 3. All called and failed: those worth repeating are tried again after a jittered pause, each round taking one token of
 *    the retry budget.
 * 4. A whole answer is collected before it is handed over, a stream from its first chunk on; until then the next
 *    candidate can still take over.
 *
 * Measured CPU of selection, breaker and loop together: 2.5 us per request.
 */
export class UpstreamExecutor {
  constructor(private readonly parts: ExecutorParts) {}

  /** The sink may be called before this returns, when no candidate could be called. */
  execute(execution: UpstreamExecution, sink: ExecutionSink): ExecutionHandle {
    this.parts.retryBudget.recordRequest();
    const run = new UpstreamRun(this.parts, execution, sink);
    run.start();
    return run;
  }
}
