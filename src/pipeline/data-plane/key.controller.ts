import { Controller, Get, Req } from '@nestjs/common';
import { isAllowedName } from '../../tenancy/match-pattern.js';
import { ConfigStore } from '../../tenancy/config-store.js';
import { DataPlaneRead } from '../data-plane.decorator.js';
import { RateLimiterService } from '../rate-limiter/rate-limiter.service.js';
import type { DataPlaneRequest } from '../request-context.js';

/** What the calling key is, may use, and has left. */
@Controller()
export class KeyController {
  constructor(
    private readonly configStore: ConfigStore,
    private readonly rateLimiter: RateLimiterService,
  ) {}

  @Get('v1/key')
  @DataPlaneRead()
  async describe(@Req() request: DataPlaneRequest) {
    const { key, tenant } = request.pipeline.getGrant();
    const models = this.configStore
      .listModels(tenant.id)
      .map(({ name }) => name)
      .filter((name) => isAllowedName(key.allowedModels, name));
    return {
      id: key.id,
      name: key.name,
      prefix: key.prefix,
      tenant: { id: tenant.id, name: tenant.name },
      expiresAt: key.expiresAtMs === null ? null : new Date(key.expiresAtMs).toISOString(),
      tags: key.tags,
      requiredTags: key.requiredTags,
      user: key.user,
      models,
      ...(await this.rateLimiter.describeQuota(request.pipeline)),
    };
  }
}
