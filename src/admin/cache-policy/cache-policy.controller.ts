import { Get, Headers, Param, Patch, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Reads, Writes } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { parseIfMatch, renderEtag } from '../http/etag.js';
import { parseId } from '../http/parse-id.js';
import { CachePolicyService } from './cache-policy.service.js';

@AdminPlane('tenants/:tenantId/cache-policy', 'tenant')
export class CachePolicyController {
  constructor(private readonly cachePolicy: CachePolicyService) {}

  @Get()
  @Reads()
  async get(
    @Req() request: AdminRequest,
    @Param('tenantId') tenantId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { view, revision } = await this.cachePolicy.get(request.actor, parseId(tenantId));
    void reply.header('etag', renderEtag(revision));
    return view;
  }

  @Patch()
  @Writes()
  async update(
    @Req() request: AdminRequest,
    @Param('tenantId') tenantId: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const target = { id: parseId(tenantId), revision: parseIfMatch(ifMatch) };
    const { view, revision } = await this.cachePolicy.update(request.actor, target, request.json);
    void reply.header('etag', renderEtag(revision));
    return view;
  }

  @Put()
  @Writes()
  async replace(
    @Req() request: AdminRequest,
    @Param('tenantId') tenantId: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const target = { id: parseId(tenantId), revision: parseIfMatch(ifMatch) };
    const { view, revision } = await this.cachePolicy.replace(request.actor, target, request.json);
    void reply.header('etag', renderEtag(revision));
    return view;
  }
}
