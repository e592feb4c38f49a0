import type { RateLimitEntity } from '../../storage/database/entities/rate-limit.entity.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { IdempotencyService } from '../http/idempotency.service.js';
import { CollectionController, type CollectionParams } from '../resource/collection.controller.js';
import { locateBelowTenant } from '../resource/locate-collection.js';
import { TenantsService } from '../tenants/tenants.service.js';
import { rateLimitConditionsSchema, type RateLimitInput } from './rate-limit.dto.js';
import { RateLimitsService } from './rate-limits.service.js';

/** One tenant's own. */
@AdminPlane('tenants/:tenantId/rate-limits', 'tenant')
export class TenantRateLimitsController extends CollectionController<RateLimitEntity, RateLimitInput> {
  protected readonly filterSchema = rateLimitConditionsSchema;

  constructor(
    rateLimits: RateLimitsService,
    idempotency: IdempotencyService,
    private readonly tenants: TenantsService,
  ) {
    super(rateLimits, idempotency);
  }

  protected locate(request: AdminRequest, params: CollectionParams) {
    return locateBelowTenant(request, params, { tenants: this.tenants, resource: 'rate-limits' });
  }
}
