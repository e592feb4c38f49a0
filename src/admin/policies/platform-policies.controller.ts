import type { PolicyEntity } from '../../storage/database/entities/policy.entity.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { IdempotencyService } from '../http/idempotency.service.js';
import { CollectionController } from '../resource/collection.controller.js';
import { locatePlatform } from '../resource/locate-collection.js';
import { policyConditionsSchema, type PolicyInput } from './policy.dto.js';
import { PoliciesService } from './policies.service.js';

/** Those that apply to every tenant. */
@AdminPlane('policies', 'platform')
export class PlatformPoliciesController extends CollectionController<PolicyEntity, PolicyInput> {
  protected readonly filterSchema = policyConditionsSchema;

  constructor(policies: PoliciesService, idempotency: IdempotencyService) {
    super(policies, idempotency);
  }

  protected locate(request: AdminRequest) {
    return locatePlatform(request, 'policies');
  }
}
