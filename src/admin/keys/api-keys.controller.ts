import { Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import type { AdminRequest } from '../http/admin.guard.js';
import { parseIfMatch, renderEtag } from '../http/etag.js';
import { type CreatedResource, IdempotencyService } from '../http/idempotency.service.js';
import { buildPage, type Page, pageQuerySchema, parseCursor } from '../http/keyset-page.js';
import { parseId } from '../http/parse-id.js';
import { parseInput } from '../http/parse-input.js';
import { sendCreated } from '../http/send-created.js';
import { createKeySchema, keyFilterSchema, type KeyView, renderKey, rotateKeySchema, updateKeySchema } from './api-key.dto.js';
import { ApiKeysService, type CreatedKey } from './api-keys.service.js';

@AdminPlane('tenants/:tenantId/keys')
export class ApiKeysController {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  async create(
    @Param('tenantId') tenant: string,
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const tenantId = parseId(tenant);
    const input = parseInput(createKeySchema, request.json);
    const created = await this.idempotency.create(request, async (manager) =>
      describeCreated(tenantId, await this.keys.create(manager, tenantId, input)),
    );
    return sendCreated(reply, created, true);
  }

  @Get()
  async list(@Param('tenantId') tenant: string, @Query() query: Record<string, string>): Promise<Page<KeyView>> {
    const { limit, cursor } = parseInput(pageQuerySchema, query);
    const filter = parseInput(keyFilterSchema, query);
    const rows = await this.keys.list(parseId(tenant), filter, limit, parseCursor(cursor));
    return buildPage(rows, limit, renderKey);
  }

  @Get(':id')
  async get(
    @Param('tenantId') tenant: string,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyView> {
    const row = await this.keys.get(parseId(tenant), parseId(id));
    void reply.header('etag', renderEtag(row.revision));
    return renderKey(row);
  }

  @Patch(':id')
  async update(
    @Param() params: { tenantId: string; id: string },
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyView> {
    const change = parseInput(updateKeySchema, request.json);
    const row = await this.keys.update(parseId(params.tenantId), parseId(params.id), parseIfMatch(ifMatch), change);
    void reply.header('etag', renderEtag(row.revision));
    return renderKey(row);
  }

  @Post(':id/rotate')
  async rotate(
    @Param() params: { tenantId: string; id: string },
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const [tenantId, id] = [parseId(params.tenantId), parseId(params.id)];
    const { overlapSeconds } = parseInput(rotateKeySchema, request.json);
    const created = await this.idempotency.create(request, async (manager) =>
      describeCreated(tenantId, await this.keys.rotate(manager, tenantId, id, overlapSeconds)),
    );
    return sendCreated(reply, created, true);
  }

  @Delete(':id')
  @HttpCode(204)
  async revoke(
    @Param('tenantId') tenant: string,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    await this.keys.revoke(parseId(tenant), parseId(id), parseIfMatch(ifMatch));
  }
}

function describeCreated(tenantId: string, { row, secret }: CreatedKey): CreatedResource {
  const location = `/admin/v1/tenants/${tenantId}/keys/${row.id}`;
  return { location, revision: row.revision, response: renderKey(row), secret };
}
