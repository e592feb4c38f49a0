import { Get, Inject, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { UsageRepository } from '../../support/monitor/usage.repository.js';
import { Reads } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { narrowTenant } from '../access/narrow-tenant.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { parseInput } from '../http/parse-input.js';
import { renderUsageCsv, renderUsageRow, toUsageQuery, usageQuerySchema } from './usage.dto.js';

@AdminPlane('usage', 'tenant')
export class UsageController {
  constructor(
    private readonly usage: UsageRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Reads()
  async report(
    @Req() request: AdminRequest,
    @Query() query: Record<string, string>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const input = parseInput(usageQuerySchema, query);
    const tenantId = narrowTenant(request.actor, input.tenantId);
    const usageQuery = { ...toUsageQuery(input, this.clock.nowMs()), tenantId };
    if (usageQuery.fromMs >= usageQuery.toMs) {
      throw new GatewayError('invalid_request', {
        param: 'from',
        publicMessage: '"from" must be before "to".',
      });
    }
    const rows = await this.usage.queryUsage(usageQuery);
    if (input.format === 'csv') {
      void reply.type('text/csv; charset=utf-8');
      return renderUsageCsv(rows, input.groupBy);
    }
    return {
      from: new Date(usageQuery.fromMs).toISOString(),
      to: new Date(usageQuery.toMs).toISOString(),
      timeZone: usageQuery.timeZone,
      data: rows.map(renderUsageRow),
    };
  }
}
