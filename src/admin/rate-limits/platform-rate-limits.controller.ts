import type { RateLimitEntity } from '../../storage/database/entities/rate-limit.entity.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { IdempotencyService } from '../http/idempotency.service.js';
import { CollectionController } from '../resource/collection.controller.js';
import { locatePlatform } from '../resource/locate-collection.js';
import { rateLimitConditionsSchema, type RateLimitInput } from './rate-limit.dto.js';
import { RateLimitsService } from './rate-limits.service.js';

/** Those that apply to every tenant. */
@AdminPlane('rate-limits', 'platform')
export class PlatformRateLimitsController extends CollectionController<RateLimitEntity, RateLimitInput> {
  protected readonly filterSchema = rateLimitConditionsSchema;

  constructor(rateLimits: RateLimitsService, idempotency: IdempotencyService) {
    super(rateLimits, idempotency);
  }

  protected locate(request: AdminRequest) {
    return locatePlatform(request, 'rate-limits');
  }
}
