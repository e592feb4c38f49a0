import { Get, Query, Req } from '@nestjs/common';
import { Reads } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { narrowTenant } from '../access/narrow-tenant.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { parseInput } from '../http/parse-input.js';
import { statsQuerySchema } from './stats.dto.js';
import { StatsService } from './stats.service.js';

/** What this process has seen since it started, and what its breakers think of the deployments. */
@AdminPlane('stats', 'tenant')
export class StatsController {
  constructor(private readonly stats: StatsService) {}

  @Get()
  @Reads()
  read(@Req() request: AdminRequest, @Query() query: Record<string, string>) {
    const tenantId = narrowTenant(request.actor, parseInput(statsQuerySchema, query).tenantId);
    return this.stats.export({ tenantId, showsPlatform: request.actor.tenantId === null });
  }
}
