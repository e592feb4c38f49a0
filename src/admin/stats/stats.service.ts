import { Injectable } from '@nestjs/common';
import { renderUsd } from '../../common/money.js';
import { ProviderRouterService } from '../../pipeline/provider-router/provider-router.service.js';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import { ConfigStore } from '../../tenancy/config-store.js';
import type { TenantId } from '../../common/ids.js';

export interface StatsScope {
  /** Null: all tenants. */
  tenantId: string | null;
  /** Sums over all tenants, and deployments that the tenant does not see, are the platform's business. */
  showsPlatform: boolean;
}

/** Numbers of this process, as far as the caller may see them. */
@Injectable()
export class StatsService {
  constructor(
    private readonly metrics: MetricsService,
    private readonly router: ProviderRouterService,
    private readonly configStore: ConfigStore,
  ) {}

  export({ tenantId, showsPlatform }: StatsScope) {
    const { tenants, uptimeSeconds, ...platform } = this.metrics.exportStats();
    const shown = tenantId === null ? tenants : tenants.filter((tenant) => tenant.tenantId === tenantId);
    return {
      uptimeSeconds,
      ...(showsPlatform ? platform : {}),
      tenants: shown.map((tenant) => ({ ...tenant, costUsd: renderUsd(BigInt(tenant.costNanoUsd)) })),
      deployments: this.listDeployments(showsPlatform ? null : tenantId),
    };
  }

  /** @param tenantId null: all. */
  private listDeployments(tenantId: string | null) {
    const statuses = this.router.checkHealth();
    if (tenantId === null) return statuses;
    const models = this.configStore.listModels(tenantId as TenantId);
    const visible = new Set(models.flatMap(({ deployments }) => deployments.map(({ id }) => id)));
    return statuses.filter(({ deploymentId }) => visible.has(deploymentId));
  }
}
