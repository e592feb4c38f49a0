import type { OnModuleDestroy } from '@nestjs/common';
import type { Clock } from '../../common/clock.port.js';
import type { DeploymentId } from '../../common/ids.js';
import type { BreakerSettings } from '../../tenancy/config-snapshot.js';
import type { BreakerChannel } from './breaker-channel.port.js';
import type { BreakerPermit, BreakerStatus, CircuitBreakers } from './circuit-breaker.port.js';
import { InProcessCircuitBreakers } from './in-process-circuit-breakers.js';

/**
 * Breakers whose states all processes share in the background.
 *
 * 1. Decisions are always local and immediate (`InProcessCircuitBreakers`).
 * 2. Each own transition (open, close, cooldown) is published; those that came from others are not published again.
 * 3. Messages of others are merged (rule at `Breaker.merge`): the later `open` wins, and closing takes this process's own
 *    probes or another's `close` message. In half-open each process sends its own single probe.
 * 4. A deployment called for the first time here, and all of them after a gap, are looked up once.
 *
 * The channel down: every process decides by what it sees itself; nothing is slower and nothing fails.
 */
export class SharedCircuitBreakers implements CircuitBreakers, OnModuleDestroy {
  private readonly local: InProcessCircuitBreakers;

  constructor(
    clock: Clock,
    private readonly channel: BreakerChannel,
  ) {
    this.local = new InProcessCircuitBreakers(clock, {
      onTransition: (deploymentId, transition) => channel.publish({ deploymentId, transition }),
      onFirstUse: (deploymentId) => channel.recall([deploymentId]),
    });
    channel.subscribe((message) => this.local.merge(message.deploymentId, message.transition));
    channel.onGap(() => channel.recall(this.local.listDeploymentIds()));
  }

  tryAcquire(deploymentId: DeploymentId, settings: BreakerSettings): BreakerPermit | null {
    return this.local.tryAcquire(deploymentId, settings);
  }

  isProviderHealthy(deploymentId: DeploymentId): boolean {
    return this.local.isProviderHealthy(deploymentId);
  }

  coolDown(deploymentId: DeploymentId, retryAfterMs: number): void {
    this.local.coolDown(deploymentId, retryAfterMs);
  }

  retryAfterMs(deploymentId: DeploymentId): number {
    return this.local.retryAfterMs(deploymentId);
  }

  findStatus(deploymentId: DeploymentId): BreakerStatus | null {
    return this.local.findStatus(deploymentId);
  }

  listStatus(): BreakerStatus[] {
    return this.local.listStatus();
  }

  onModuleDestroy(): Promise<void> {
    return this.channel.close();
  }
}
