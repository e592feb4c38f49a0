import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import type { ProviderId } from '../../common/ids.js';
import {
  type BreakerStatus,
  CIRCUIT_BREAKERS,
  type CircuitBreakers,
} from '../../support/circuit-breaker/circuit-breaker.port.js';
import type { ModelConfig, ProviderConfig } from '../../tenancy/config-snapshot.js';
import { AttemptMonitor } from './attempt-monitor.js';
import { applyRoutingRules, type NarrowingRule } from './apply-routing-rules.js';
import {
  PROVIDER_BINDINGS,
  PROVIDER_ROUTER_OPTIONS,
  type ProviderBindings,
  type ProviderRouterOptions,
} from './provider-router.options.js';
import { RetryBudget } from './retry-budget.js';
import { getHealthyProviders, selectProvider } from './select-provider.js';
import type { Candidate, ExecutionHandle, ExecutionSink, UpstreamExecution } from './upstream-execution.js';
import { UpstreamExecutor } from './upstream-executor.js';
import type { ProviderProfile } from './upstream-transport.port.js';

/**
 * Chooses who answers a request and gets the answer.
 *
 * 1. `applyRoutingRules`: the deployments that may serve the model, with their providers.
 * 2. `selectProvider`: their order by the model's strategy, healthy ones first.
 * 3. `execute`: breaker, upstream call, failover and retry (UpstreamExecutor).
 *
 * Keeps no state of its own but the retry budget. Breakers shared through Redis go on alone when it is down.
 */
@Injectable()
export class ProviderRouterService implements OnModuleDestroy {
  private readonly executor: UpstreamExecutor;

  constructor(
    @Inject(CIRCUIT_BREAKERS) private readonly breakers: CircuitBreakers,
    @Inject(PROVIDER_BINDINGS) private readonly bindings: ProviderBindings,
    @Inject(CLOCK) clock: Clock,
    @Inject(PROVIDER_ROUTER_OPTIONS) options: ProviderRouterOptions,
    recorder: AttemptMonitor,
  ) {
    const retryBudget = new RetryBudget(options.retryBudget, clock.monotonicMs());
    this.executor = new UpstreamExecutor({
      breakers,
      bindings,
      clock,
      retryBudget,
      recorder,
      settings: options,
      random: Math.random,
    });
  }

  applyRoutingRules(
    model: ModelConfig,
    providers: ReadonlyMap<ProviderId, ProviderConfig>,
    rules: readonly (NarrowingRule | null)[] = [],
  ): readonly Candidate[] {
    return applyRoutingRules(model, providers, rules);
  }

  /** Candidates in the order to try; those of `applyRoutingRules`, or a plan that was compiled from them. */
  selectProvider<C extends Candidate>(
    candidates: readonly C[],
    strategy: ModelConfig['strategy'],
  ): readonly C[] {
    return selectProvider({ candidates, strategy, isHealthy: this.isHealthy, random: Math.random });
  }

  getHealthyProviders<C extends Candidate>(candidates: readonly C[]): readonly C[] {
    return getHealthyProviders(candidates, this.isHealthy);
  }

  /** Breaker states of all deployments that were called, for `/stats`. */
  checkHealth(): BreakerStatus[] {
    return this.breakers.listStatus();
  }

  getProfile(provider: Pick<ProviderConfig, 'kind'>): ProviderProfile {
    return this.bindings[provider.kind].profile;
  }

  execute(execution: UpstreamExecution, sink: ExecutionSink): ExecutionHandle {
    return this.executor.execute(execution, sink);
  }

  async onModuleDestroy(): Promise<void> {
    const transports = new Set(Object.values(this.bindings).map(({ transport }) => transport));
    await Promise.all([...transports].map((transport) => transport.close()));
  }

  private readonly isHealthy = ({ deployment }: Candidate): boolean =>
    this.breakers.isProviderHealthy(deployment.id);
}
