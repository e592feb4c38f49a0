import { Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import type { AdminRequest } from '../http/admin.guard.js';
import { parseIfMatch, renderEtag } from '../http/etag.js';
import { IdempotencyService } from '../http/idempotency.service.js';
import { buildPage, type Page, pageQuerySchema, parseCursor } from '../http/keyset-page.js';
import { parseId } from '../http/parse-id.js';
import { parseInput } from '../http/parse-input.js';
import { sendCreated } from '../http/send-created.js';
import { createTenantSchema, renderTenant, tenantFilterSchema, type TenantView, updateTenantSchema } from './tenant.dto.js';
import { TenantsService } from './tenants.service.js';

@AdminPlane('tenants')
export class TenantsController {
  constructor(
    private readonly tenants: TenantsService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  async create(@Req() request: AdminRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const input = parseInput(createTenantSchema, request.json);
    const created = await this.idempotency.create(request, async (manager) => {
      const row = await this.tenants.create(manager, input);
      const location = `/admin/v1/tenants/${row.id}`;
      return { location, revision: row.revision, response: renderTenant(row), secret: null };
    });
    return sendCreated(reply, created, false);
  }

  @Get()
  async list(@Query() query: Record<string, string>): Promise<Page<TenantView>> {
    const { limit, cursor } = parseInput(pageQuerySchema, query);
    const filter = parseInput(tenantFilterSchema, query);
    const rows = await this.tenants.list(filter, limit, parseCursor(cursor));
    return buildPage(rows, limit, renderTenant);
  }

  @Get(':id')
  async get(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<TenantView> {
    const row = await this.tenants.get(parseId(id));
    void reply.header('etag', renderEtag(row.revision));
    return renderTenant(row);
  }

  @Patch(':id')
  async update(
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TenantView> {
    const change = parseInput(updateTenantSchema, request.json);
    const row = await this.tenants.update(parseId(id), parseIfMatch(ifMatch), change);
    void reply.header('etag', renderEtag(row.revision));
    return renderTenant(row);
  }

  @Delete(':id')
  @HttpCode(204)
  async archive(@Param('id') id: string, @Headers('if-match') ifMatch: string | undefined): Promise<void> {
    await this.tenants.archive(parseId(id), parseIfMatch(ifMatch));
  }
}
