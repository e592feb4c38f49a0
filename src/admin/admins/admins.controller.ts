import { Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Reads, Writes } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { parseIfMatch, renderEtag } from '../http/etag.js';
import { IdempotencyService } from '../http/idempotency.service.js';
import { parseId } from '../http/parse-id.js';
import { parseInput } from '../http/parse-input.js';
import { sendCreated } from '../http/send-created.js';
import { NAMED_SORTS } from '../resource/sort-fields.js';
import { parseListQuery } from '../resource/parse-list-query.js';
import { adminFilterSchema, type AdminView, createAdminSchema, renderAdmin } from './admin.dto.js';
import { AdminsService } from './admins.service.js';

@AdminPlane('admins', 'platform')
export class AdminsController {
  constructor(
    private readonly admins: AdminsService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  @Writes()
  async create(@Req() request: AdminRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const input = parseInput(createAdminSchema, request.json);
    const created = await this.idempotency.create(request, async (manager) => {
      const { row, secret } = await this.admins.create(manager, request.actor, input);
      const location = `/admin/v1/admins/${row.id}`;
      return { location, revision: row.revision, response: renderAdmin(row), secret };
    });
    return sendCreated(reply, created, true);
  }

  @Get()
  @Reads()
  async list(@Query() query: Record<string, string>) {
    const { page, filter } = parseListQuery(query, {
      sortFields: NAMED_SORTS,
      filterSchema: adminFilterSchema,
    });
    return this.admins.list(filter, page);
  }

  @Get(':id')
  @Reads()
  async get(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<AdminView> {
    const row = await this.admins.get(parseId(id));
    void reply.header('etag', renderEtag(row.revision));
    return renderAdmin(row);
  }

  @Patch(':id')
  @Writes()
  async update(
    @Req() request: AdminRequest,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AdminView> {
    const target = { id: parseId(id), revision: parseIfMatch(ifMatch) };
    const row = await this.admins.update(request.actor, target, request.json);
    void reply.header('etag', renderEtag(row.revision));
    return renderAdmin(row);
  }

  @Delete(':id')
  @Writes()
  @HttpCode(204)
  async revoke(
    @Req() request: AdminRequest,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    await this.admins.revoke(request.actor, { id: parseId(id), revision: parseIfMatch(ifMatch) });
  }
}
