import { Injectable } from '@nestjs/common';
import { CachedAnswersService } from '../cache-manager/cached-answers.service.js';
import { AnswerDeliveryService } from '../delivery/answer-delivery.service.js';
import { ProviderCallService } from '../provider-call/provider-call.service.js';
import type { RequestContext } from '../request-context.js';

/**
 * What the guards have admitted is answered from the cache, by the running call of an identical request, or by a provider,
 * and delivered, whichever it was. Plain calls, no interceptors: Nest wraps each of those in observables that cost a cached
 * answer more than finding it does (docs/adr/0020).
 */
@Injectable()
export class AnswerService {
  constructor(
    private readonly cachedAnswers: CachedAnswersService,
    private readonly providerCall: ProviderCallService,
    private readonly delivery: AnswerDeliveryService,
  ) {}

  /** Resolves when a whole answer was sent, or a stream has begun. @throws GatewayError while nothing was sent yet. */
  async answer(context: RequestContext): Promise<void> {
    const answer = this.cachedAnswers.answer(context, () => this.providerCall.handleRequest(context));
    await this.delivery.deliver(context, answer instanceof Promise ? await answer : answer);
  }
}
