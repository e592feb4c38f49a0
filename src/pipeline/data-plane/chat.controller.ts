import { Controller, Post, Req, Res } from '@nestjs/common';
import { DataPlane } from '../data-plane.decorator.js';
import type { Answer } from '../answer.js';
import type { DataPlaneRequest } from '../request-context.js';
import { ProviderCallService } from '../provider-call/provider-call.service.js';

/**
 * The routes that ask a model. What they return is delivered by TracingInterceptor; `@Res()` only keeps Nest from sending
 * it itself.
 */
@Controller()
export class ChatController {
  constructor(private readonly providerCall: ProviderCallService) {}

  @Post('v1/chat/completions')
  @DataPlane()
  chatCompletions(@Req() request: DataPlaneRequest, @Res() _reply: unknown): Promise<Answer> {
    return this.providerCall.handleRequest(request.pipeline);
  }

  @Post('v1/messages')
  @DataPlane()
  messages(@Req() request: DataPlaneRequest, @Res() _reply: unknown): Promise<Answer> {
    return this.providerCall.handleRequest(request.pipeline);
  }
}
