import { Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { InArea, Reads, Writes } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { parseIfMatch, renderEtag } from '../http/etag.js';
import { IdempotencyService } from '../http/idempotency.service.js';
import { parseId } from '../http/parse-id.js';
import { parseInput } from '../http/parse-input.js';
import { sendCreated } from '../http/send-created.js';
import { NAMED_SORTS } from '../resource/sort-fields.js';
import { parseListQuery } from '../resource/parse-list-query.js';
import { renderTenant, tenantFilterSchema, tenantInputSchema, type TenantView } from './tenant.dto.js';
import { TenantsService } from './tenants.service.js';

/** Tenants are the platform's; a tenant's own people may read theirs. */
@AdminPlane('tenants', 'platform')
export class TenantsController {
  constructor(
    private readonly tenants: TenantsService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  @Writes()
  async create(@Req() request: AdminRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const input = parseInput(tenantInputSchema, request.json);
    const created = await this.idempotency.create(request, async (manager) => {
      const row = await this.tenants.create(manager, request.actor, input);
      const location = `/admin/v1/tenants/${row.id}`;
      return { location, revision: row.revision, response: renderTenant(row), secret: null };
    });
    return sendCreated(reply, created, false);
  }

  @Get()
  @Reads()
  @InArea('tenant')
  async list(@Req() request: AdminRequest, @Query() query: Record<string, string>) {
    const { page, filter } = parseListQuery(query, {
      sortFields: NAMED_SORTS,
      filterSchema: tenantFilterSchema,
    });
    return this.tenants.list(request.actor, filter, page);
  }

  @Get(':id')
  @Reads()
  @InArea('tenant')
  async get(
    @Req() request: AdminRequest,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TenantView> {
    const row = await this.tenants.get(request.actor, parseId(id));
    void reply.header('etag', renderEtag(row.revision));
    return renderTenant(row);
  }

  @Patch(':id')
  @Writes()
  async update(
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TenantView> {
    const target = { id: parseId(id), revision: parseIfMatch(ifMatch) };
    const row = await this.tenants.update(request.actor, target, request.json);
    void reply.header('etag', renderEtag(row.revision));
    return renderTenant(row);
  }

  @Delete(':id')
  @Writes()
  @HttpCode(204)
  async archive(
    @Req() request: AdminRequest,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    await this.tenants.archive(request.actor, { id: parseId(id), revision: parseIfMatch(ifMatch) });
  }
}
