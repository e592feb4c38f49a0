import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { DeploymentId } from '../../common/ids.js';
import {
  type BreakerState,
  CIRCUIT_BREAKERS,
  type CircuitBreakers,
} from '../../support/circuit-breaker/circuit-breaker.port.js';
import { LabelCap, MAX_MODEL_LABELS, MAX_PROVIDER_LABELS } from '../../support/monitor/label-cap.js';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import { ConfigStore } from '../../tenancy/config-store.js';

interface Names {
  provider: string;
  model: string;
}

const LEVELS: Readonly<Record<BreakerState['state'], number>> = { closed: 0, 'half-open': 1, open: 2 };

/**
 * Shows the breakers of the deployments that were called, under names instead of ids. Deployments that share provider and
 * model are shown as the worst of them.
 */
@Injectable()
export class BreakerGauge implements OnModuleInit {
  private readonly providers = new LabelCap(MAX_PROVIDER_LABELS);
  private readonly models = new LabelCap(MAX_MODEL_LABELS);

  constructor(
    @Inject(CIRCUIT_BREAKERS) private readonly breakers: CircuitBreakers,
    private readonly configStore: ConfigStore,
    private readonly metrics: MetricsService,
  ) {}

  onModuleInit(): void {
    const help = 'Worst breaker of the deployments: 0 closed, 1 half-open, 2 open';
    this.metrics.observe('breaker_state', help, ['provider', 'model'], () => this.read());
  }

  private read() {
    if (!this.configStore.isLoaded) return [];
    const names = this.listNames();
    const worst = new Map<string, { labels: Record<string, string>; value: number }>();
    for (const { deploymentId, breaker } of this.breakers.listStatus()) {
      const found = names.get(deploymentId);
      // Its configuration is gone.
      if (found === undefined) continue;
      const labels = { provider: this.providers.cap(found.provider), model: this.models.cap(found.model) };
      const key = `${labels.provider}\n${labels.model}`;
      const value = Math.max(LEVELS[breaker.state], worst.get(key)?.value ?? 0);
      worst.set(key, { labels, value });
    }
    return worst.values();
  }

  private listNames(): Map<DeploymentId, Names> {
    const { models, providers } = this.configStore.current();
    const names = new Map<DeploymentId, Names>();
    for (const model of models) {
      for (const { id, providerId } of model.deployments) {
        const provider = providers.get(providerId);
        if (provider !== undefined) names.set(id, { provider: provider.name, model: model.name });
      }
    }
    return names;
  }
}
