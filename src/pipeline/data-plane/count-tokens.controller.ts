import { Controller, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { ApiKeyGuard } from '../../tenancy/api-key.guard.js';
import { IpThrottlerGuard } from '../rate-limiter/ip-throttler.guard.js';
import { RequestRouterGuard } from '../request-router/request-router.guard.js';
import type { DataPlaneRequest } from '../request-context.js';
import { SettlementService } from '../settlement/settlement.service.js';
import { TokenCounterService } from '../token-counter/token-counter.service.js';

/** Counts without asking a model: no policy sends anything away, no quota is used, nothing is paid. */
@Controller()
export class CountTokensController {
  constructor(
    private readonly tokenCounter: TokenCounterService,
    private readonly settlement: SettlementService,
  ) {}

  @Post('v1/messages/count_tokens')
  @HttpCode(200)
  @UseGuards(IpThrottlerGuard, ApiKeyGuard, RequestRouterGuard)
  async countTokens(@Req() request: DataPlaneRequest): Promise<{ input_tokens: number }> {
    const { pipeline } = request;
    pipeline.trace.beginStage('token-counter');
    const upstreamModel = pipeline.getPlan().deployments[0]?.deployment.upstreamModel ?? pipeline.modelName;
    const { native } = pipeline.getBody();
    const count = await this.tokenCounter.countTokens(pipeline.getGrant().tenant.id, native, upstreamModel);
    pipeline.trace.logStage('token-counter', 'ran', count.source);
    await this.settlement.settle(pipeline, 200, null);
    pipeline.isDelivered = true;
    return { input_tokens: count.tokens };
  }
}
