import { Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Reads, Writes } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { parseIfMatch, renderEtag } from '../http/etag.js';
import { type CreatedResource, IdempotencyService } from '../http/idempotency.service.js';
import { parseId } from '../http/parse-id.js';
import { parseInput } from '../http/parse-input.js';
import { sendCreated } from '../http/send-created.js';
import { NAMED_SORTS } from '../resource/sort-fields.js';
import { parseListQuery } from '../resource/parse-list-query.js';
import { keyFilterSchema, keyInputSchema, type KeyView, renderKey, rotateKeySchema } from './api-key.dto.js';
import { ApiKeysService, type CreatedKey, type KeyTarget } from './api-keys.service.js';

interface KeyParams {
  tenantId: string;
  id: string;
}

@AdminPlane('tenants/:tenantId/keys', 'tenant')
export class ApiKeysController {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  @Writes()
  async create(
    @Param('tenantId') tenant: string,
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const tenantId = parseId(tenant);
    const input = parseInput(keyInputSchema, request.json);
    const created = await this.idempotency.create(request, async (manager) =>
      describeCreated(tenantId, await this.keys.create(manager, request.actor, tenantId, input)),
    );
    return sendCreated(reply, created, true);
  }

  @Get()
  @Reads()
  async list(
    @Req() request: AdminRequest,
    @Param('tenantId') tenant: string,
    @Query() query: Record<string, string>,
  ) {
    const { page, filter } = parseListQuery(query, {
      sortFields: NAMED_SORTS,
      filterSchema: keyFilterSchema,
    });
    return this.keys.list(request.actor, parseId(tenant), filter, page);
  }

  @Get(':id')
  @Reads()
  async get(
    @Req() request: AdminRequest,
    @Param() params: KeyParams,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyView> {
    const { view, revision } = await this.keys.get(
      request.actor,
      parseId(params.tenantId),
      parseId(params.id),
    );
    void reply.header('etag', renderEtag(revision));
    return view;
  }

  @Patch(':id')
  @Writes()
  async update(
    @Param() params: KeyParams,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyView> {
    const target = parseTarget(params, parseIfMatch(ifMatch));
    const { view, revision } = await this.keys.update(request.actor, target, request.json);
    void reply.header('etag', renderEtag(revision));
    return view;
  }

  @Post(':id/rotate')
  @Writes()
  async rotate(
    @Param() params: KeyParams,
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const target = parseTarget(params, null);
    const { overlapSeconds } = parseInput(rotateKeySchema, request.json);
    const created = await this.idempotency.create(request, async (manager) =>
      describeCreated(
        target.tenantId,
        await this.keys.rotate(manager, request.actor, target, overlapSeconds),
      ),
    );
    return sendCreated(reply, created, true);
  }

  @Delete(':id')
  @Writes()
  @HttpCode(204)
  async revoke(
    @Req() request: AdminRequest,
    @Param() params: KeyParams,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    await this.keys.revoke(request.actor, parseTarget(params, parseIfMatch(ifMatch)));
  }
}

function parseTarget({ tenantId, id }: KeyParams, revision: number | null): KeyTarget {
  return { tenantId: parseId(tenantId), id: parseId(id), revision };
}

function describeCreated(tenantId: string, { row, secret }: CreatedKey): CreatedResource {
  const location = `/admin/v1/tenants/${tenantId}/keys/${row.id}`;
  return { location, revision: row.revision, response: renderKey(row, null), secret };
}
