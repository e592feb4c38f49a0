import { Readable } from 'node:stream';
import { Get, Inject, Query, Req, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { RefusalRepository } from '../../support/monitor/refusal.repository.js';
import { UsageRepository } from '../../support/monitor/usage.repository.js';
import { Reads } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { narrowTenant } from '../access/narrow-tenant.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { parseInput } from '../http/parse-input.js';
import { renderLedger } from './render-ledger.js';
import {
  refusalQuerySchema,
  renderRefusalRow,
  renderUsageCsv,
  renderUsageRow,
  toLedgerRange,
  toRefusalQuery,
  toUsageQuery,
  usageExportSchema,
  usageQuerySchema,
} from './usage.dto.js';

@AdminPlane('usage', 'tenant')
export class UsageController {
  constructor(
    private readonly usage: UsageRepository,
    private readonly refusals: RefusalRepository,
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

  /** What rate and concurrency limits refused, by key and limit. */
  @Get('refusals')
  @Reads()
  async reportRefusals(@Req() request: AdminRequest, @Query() query: Record<string, string>) {
    const input = parseInput(refusalQuerySchema, query);
    const tenantId = narrowTenant(request.actor, input.tenantId);
    const refusalQuery = { ...toRefusalQuery(input, this.clock.nowMs()), tenantId };
    const rows = await this.refusals.queryRefusals(refusalQuery);
    return {
      from: new Date(refusalQuery.fromMs).toISOString(),
      to: new Date(refusalQuery.toMs).toISOString(),
      timeZone: refusalQuery.timeZone,
      data: rows.map(renderRefusalRow),
    };
  }

  /** The ledger's own rows, oldest first, at the pace of the client; one that leaves ends the reading. */
  @Get('export')
  @Reads()
  export(
    @Req() request: AdminRequest,
    @Query() query: Record<string, string>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { format, ...input } = parseInput(usageExportSchema, query);
    const tenantId = narrowTenant(request.actor, input.tenantId);
    const rows = this.usage.exportLedger({ ...toLedgerRange(input, this.clock.nowMs()), tenantId });
    void reply.type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson');
    // One piece ahead of the client and no more.
    return new StreamableFile(Readable.from(renderLedger(rows, format), { highWaterMark: 1 }));
  }
}
