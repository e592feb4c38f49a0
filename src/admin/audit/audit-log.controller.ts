import { Readable } from 'node:stream';
import { Get, Query, Req, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Reads } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { narrowTenant } from '../access/narrow-tenant.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { parseInput } from '../http/parse-input.js';
import { auditQuerySchema } from './audit-log.dto.js';
import { type AuditFilters, AuditLogRepository } from './audit-log.repository.js';

const EXPORT_PAGE = 1_000;

@AdminPlane('audit-log', 'tenant')
export class AuditLogController {
  constructor(private readonly auditLog: AuditLogRepository) {}

  /** A page, or with `format=ndjson` everything that matches, one entry a line. */
  @Get()
  @Reads()
  async list(
    @Req() request: AdminRequest,
    @Query() query: Record<string, string>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { limit, cursor, format, tenantId, ...others } = parseInput(auditQuerySchema, query);
    const filters = { ...others, tenantId: narrowTenant(request.actor, tenantId) };
    if (format === 'ndjson') {
      void reply.type('application/x-ndjson');
      return new StreamableFile(Readable.from(this.export(filters, cursor ?? null)));
    }
    const entries = await this.auditLog.list(filters, cursor ?? null, limit + 1);
    const data = entries.slice(0, limit);
    return { data, nextCursor: entries.length > limit ? String(data.at(-1)?.seq) : null };
  }

  private async *export(filters: AuditFilters, cursor: number | null): AsyncGenerator<string> {
    let before = cursor;
    for (;;) {
      const page = await this.auditLog.list(filters, before, EXPORT_PAGE);
      for (const entry of page) yield `${JSON.stringify(entry)}\n`;
      before = page.at(-1)?.seq ?? 1;
      if (page.length < EXPORT_PAGE) return;
    }
  }
}
