import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import type { RequestContext } from '../request-context.js';
import { IpThrottleService } from './ip-throttle.service.js';

/**
 * The limit per address on every route, before anything of a request is believed.
 *
 * The throttler's own guard resolves options, hashes a key and writes headers for every request; with one limit, one key and
 * our own errors none of that is needed.
 */
@Injectable()
export class IpThrottlerGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    reflector: Reflector,
    private readonly throttle: IpThrottleService,
  ) {
    super(options, storage, reflector);
  }

  /** @throws GatewayError('rate_limit_exceeded') */
  override canActivate(context: ExecutionContext): Promise<boolean> {
    // Also on routes of the admin plane, whose requests have no context.
    const request = context.getArgByIndex<FastifyRequest & { pipeline?: RequestContext | null }>(0);
    this.throttle.count(request.raw, request.pipeline ?? null);
    // The base class promises a promise; Nest takes a plain answer, which saves every request a turn of the event loop.
    return true as unknown as Promise<boolean>;
  }
}
