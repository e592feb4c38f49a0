import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { USAGE_LEDGER, type UsageLedger } from '../../support/monitor/usage-event.js';
import { getRequestContext } from '../request-context.js';
import { RequestRouterService } from './request-router.service.js';

/** The disk is looked at ten times a second. */
const RETRY_AFTER_MS = 1_000;

/**
 * Reads and understands the body; runs only after the key was accepted, and only while usage can be recorded: work that
 * nobody could account for is refused before it costs anything.
 */
@Injectable()
export class RequestRouterGuard implements CanActivate {
  constructor(
    private readonly requestRouter: RequestRouterService,
    @Inject(USAGE_LEDGER) private readonly ledger: UsageLedger,
  ) {}

  /** @throws GatewayError('ledger_unavailable') while the disk is full, and what RequestRouterService throws. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!this.ledger.isWritable())
      throw new GatewayError('ledger_unavailable', { retryAfterMs: RETRY_AFTER_MS });
    await this.requestRouter.receive(getRequestContext(context));
    return true;
  }
}
