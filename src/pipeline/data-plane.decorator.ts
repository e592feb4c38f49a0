import { applyDecorators, HttpCode, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiKeyGuard } from '../tenancy/api-key.guard.js';
import { ReadInterceptor } from './delivery/read.interceptor.js';
import { IpThrottlerGuard } from './rate-limiter/ip-throttler.guard.js';
import { RateLimitGuard } from './rate-limiter/rate-limit.guard.js';
import { RequestRouterGuard } from './request-router/request-router.guard.js';
import { ValidationGuard } from './validation-gate/validation.guard.js';

/**
 * The pipeline of a request that asks a model, in order. Listed here once, because the order is the design: nothing is read
 * before the address is counted and the key accepted, nothing is reserved before policies allow it.
 */
export function DataPlane(): MethodDecorator & ClassDecorator {
  return applyDecorators(
    HttpCode(200),
    UseGuards(IpThrottlerGuard, ApiKeyGuard, RequestRouterGuard, ValidationGuard, RateLimitGuard),
  );
}

/** Reads about the calling key: models, limits. They cost no quota and reach no provider. */
export function DataPlaneRead(): MethodDecorator & ClassDecorator {
  return applyDecorators(UseGuards(IpThrottlerGuard, ApiKeyGuard), UseInterceptors(ReadInterceptor));
}

/** Questions about a request that is not sent to a model: they count as requests, and use neither tokens nor money. */
export function DataPlaneQuestion(): MethodDecorator & ClassDecorator {
  return applyDecorators(
    HttpCode(200),
    UseGuards(IpThrottlerGuard, ApiKeyGuard, RequestRouterGuard, RateLimitGuard),
    UseInterceptors(ReadInterceptor),
  );
}
