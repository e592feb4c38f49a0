import { Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { FindOptionsWhere } from 'typeorm';
import type { z } from 'zod';
import type { OwnedRow } from '../../storage/database/entities/managed-row.js';
import { Reads, Writes } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { parseIfMatch, renderEtag } from '../http/etag.js';
import type { IdempotencyService } from '../http/idempotency.service.js';
import { parseId } from '../http/parse-id.js';
import { sendCreated } from '../http/send-created.js';
import type { CollectionPlace } from './collection-place.js';
import type { OwnedRowsService } from './owned-rows.service.js';
import { parseListQuery } from './parse-list-query.js';

export interface CollectionParams {
  tenantId?: string;
  id?: string;
}

/** The five routes of every collection of rows with an owner. Subclasses say where the collection stands; no logic here. */
export abstract class CollectionController<Row extends OwnedRow, Input> {
  protected abstract readonly filterSchema: z.ZodType<FindOptionsWhere<Row>>;

  constructor(
    protected readonly rows: OwnedRowsService<Row, Input>,
    private readonly idempotency: IdempotencyService,
  ) {}

  protected abstract locate(
    request: AdminRequest,
    params: CollectionParams,
  ): CollectionPlace | Promise<CollectionPlace>;

  @Post()
  @Writes()
  async create(
    @Req() request: AdminRequest,
    @Param() params: CollectionParams,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { owner, body, path } = await this.locate(request, params);
    const created = await this.idempotency.create(request, async (manager) => {
      const row = await this.rows.create(manager, request.actor, { owner, body });
      const location = `${path}/${row.id}`;
      return {
        location,
        revision: row.revision,
        response: this.rows.renderFor(request.actor, row),
        secret: null,
      };
    });
    return sendCreated(reply, created, false);
  }

  @Get()
  @Reads()
  async list(
    @Req() request: AdminRequest,
    @Param() params: CollectionParams,
    @Query() query: Record<string, string>,
  ) {
    const { scope } = await this.locate(request, params);
    const { sortFields } = this.rows;
    const { page, filter } = parseListQuery(query, { sortFields, filterSchema: this.filterSchema });
    return this.rows.list({ actor: request.actor, scope }, filter, page);
  }

  @Get(':id')
  @Reads()
  async get(
    @Req() request: AdminRequest,
    @Param() params: CollectionParams,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { scope } = await this.locate(request, params);
    const row = await this.rows.get(scope, parseId(params.id ?? ''));
    void reply.header('etag', renderEtag(row.revision));
    return this.rows.renderFor(request.actor, row);
  }

  @Patch(':id')
  @Writes()
  async update(
    @Req() request: AdminRequest,
    @Param() params: CollectionParams,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { scope } = await this.locate(request, params);
    const target = { id: parseId(params.id ?? ''), revision: parseIfMatch(ifMatch) };
    const row = await this.rows.update(request.actor, scope, target, request.json);
    void reply.header('etag', renderEtag(row.revision));
    return this.rows.renderFor(request.actor, row);
  }

  @Delete(':id')
  @Writes()
  @HttpCode(204)
  async delete(
    @Req() request: AdminRequest,
    @Param() params: CollectionParams,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    const { scope } = await this.locate(request, params);
    await this.rows.delete(request.actor, scope, {
      id: parseId(params.id ?? ''),
      revision: parseIfMatch(ifMatch),
    });
  }
}
