import { Get, Param, Query, Req } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { TraceRepository } from '../../support/tracing/trace.repository.js';
import { Reads } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { narrowTenant } from '../access/narrow-tenant.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { parseInput } from '../http/parse-input.js';
import {
  parseTraceCursor,
  renderTrace,
  renderTraceCursor,
  renderTraceSummary,
  toTraceFilters,
  traceQuerySchema,
} from './trace.dto.js';

const TRACE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$|^[0-9a-f]{32}$/;

@AdminPlane('traces', 'tenant')
export class TracesController {
  constructor(private readonly traces: TraceRepository) {}

  @Get()
  @Reads()
  async list(@Req() request: AdminRequest, @Query() query: Record<string, string>) {
    const input = parseInput(traceQuerySchema, query);
    const filters = { ...toTraceFilters(input), tenantId: narrowTenant(request.actor, input.tenantId) };
    const page = await this.traces.listTraces(filters, input.limit, parseTraceCursor(input.cursor));
    return {
      data: page.traces.map(renderTraceSummary),
      nextCursor: page.nextCursor === null ? null : renderTraceCursor(page.nextCursor),
      // Where the rows come from, so that nobody takes a sample for everything.
      sampling: {
        ring: 'every recent request of this process',
        stored: page.isStoreRead
          ? 'errors, blocks, failovers (bounded) and a sample'
          : 'the database does not answer',
      },
    };
  }

  /** By the request's id or the W3C trace id, in either case. */
  @Get(':id')
  @Reads()
  async get(@Req() request: AdminRequest, @Param('id') text: string) {
    const id = text.toLowerCase();
    const trace = TRACE_ID.test(id) ? await this.traces.findTrace(id, request.actor.tenantId) : null;
    if (trace === null) throw new GatewayError('not_found');
    return renderTrace(trace);
  }
}
