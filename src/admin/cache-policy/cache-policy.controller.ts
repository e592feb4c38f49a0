import { Get, Headers, Param, Patch, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Reads, Writes } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { parseIfMatch, renderEtag } from '../http/etag.js';
import { parseId } from '../http/parse-id.js';
import { parseInput } from '../http/parse-input.js';
import { cachePolicyPatchSchema, cachePolicySchema, type CachePolicyPatch } from './cache-policy.dto.js';
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
  update(
    @Req() request: AdminRequest,
    @Param('tenantId') tenantId: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.store(request, reply, {
      tenantId,
      ifMatch,
      patch: parseInput(cachePolicyPatchSchema, request.json),
    });
  }

  @Put()
  @Writes()
  replace(
    @Req() request: AdminRequest,
    @Param('tenantId') tenantId: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.store(request, reply, {
      tenantId,
      ifMatch,
      patch: parseInput(cachePolicySchema, request.json),
    });
  }

  private async store(
    request: AdminRequest,
    reply: FastifyReply,
    { tenantId, ifMatch, patch }: { tenantId: string; ifMatch: string | undefined; patch: CachePolicyPatch },
  ) {
    const target = { id: parseId(tenantId), revision: parseIfMatch(ifMatch) };
    const { view, revision } = await this.cachePolicy.update(request.actor, target, patch);
    void reply.header('etag', renderEtag(revision));
    return view;
  }
}
