import { Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { renderUsd } from '../../common/money.js';
import { ProviderRouterService } from '../../pipeline/provider-router/provider-router.service.js';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { parseInput } from '../http/parse-input.js';

const statsQuerySchema = z.strictObject({ tenantId: z.uuid().optional() });

/** What this process has seen since it started, and what its breakers think of the deployments. */
@AdminPlane('stats')
export class StatsController {
  constructor(
    private readonly metrics: MetricsService,
    private readonly router: ProviderRouterService,
  ) {}

  @Get()
  stats(@Query() query: Record<string, string>) {
    const { tenantId } = parseInput(statsQuerySchema, query);
    const { tenants, ...stats } = this.metrics.exportStats();
    const shown = tenantId === undefined ? tenants : tenants.filter((tenant) => tenant.tenantId === tenantId);
    return {
      ...stats,
      tenants: shown.map((tenant) => ({ ...tenant, costUsd: renderUsd(BigInt(tenant.costNanoUsd)) })),
      deployments: this.router.checkHealth(),
    };
  }
}
