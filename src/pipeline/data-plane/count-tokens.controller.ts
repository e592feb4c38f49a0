import { Controller, Post, Req } from '@nestjs/common';
import { DataPlaneQuestion } from '../data-plane.decorator.js';
import type { DataPlaneRequest } from '../request-context.js';
import { TokenCounterService } from '../token-counter/token-counter.service.js';

/** Counts without asking a model: no policy sends anything away, no tokens are used, nothing is paid. */
@Controller()
export class CountTokensController {
  constructor(private readonly tokenCounter: TokenCounterService) {}

  @Post('v1/messages/count_tokens')
  @DataPlaneQuestion()
  async countTokens(@Req() request: DataPlaneRequest): Promise<{ input_tokens: number }> {
    const { pipeline } = request;
    pipeline.trace.beginStage('token-counter');
    const upstreamModel = pipeline.getPlan().deployments[0]?.deployment.upstreamModel ?? pipeline.modelName;
    const { native } = pipeline.getBody();
    const count = await this.tokenCounter.countTokens(pipeline.getGrant().tenant.id, native, upstreamModel);
    pipeline.trace.logStage('token-counter', 'ran', count.source);
    return { input_tokens: count.tokens };
  }
}
