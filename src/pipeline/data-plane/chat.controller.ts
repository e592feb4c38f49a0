import { Controller, Post, Req, Res } from '@nestjs/common';
import { DataPlane } from '../data-plane.decorator.js';
import type { DataPlaneRequest } from '../request-context.js';
import { AnswerService } from './answer.service.js';

/** The routes that ask a model. The answer is sent before the handler returns; `@Res()` keeps Nest from sending another. */
@Controller()
export class ChatController {
  constructor(private readonly answers: AnswerService) {}

  @Post('v1/chat/completions')
  @DataPlane()
  chatCompletions(@Req() request: DataPlaneRequest, @Res() _reply: unknown): Promise<void> {
    return this.answers.answer(request.pipeline);
  }

  @Post('v1/messages')
  @DataPlane()
  messages(@Req() request: DataPlaneRequest, @Res() _reply: unknown): Promise<void> {
    return this.answers.answer(request.pipeline);
  }
}
