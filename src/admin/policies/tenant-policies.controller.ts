import type { PolicyEntity } from '../../storage/database/entities/policy.entity.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { IdempotencyService } from '../http/idempotency.service.js';
import { CollectionController, type CollectionParams } from '../resource/collection.controller.js';
import { locateBelowTenant } from '../resource/locate-collection.js';
import { TenantsService } from '../tenants/tenants.service.js';
import { policyConditionsSchema, type PolicyInput } from './policy.dto.js';
import { PoliciesService } from './policies.service.js';

/** One tenant's own. */
@AdminPlane('tenants/:tenantId/policies', 'tenant')
export class TenantPoliciesController extends CollectionController<PolicyEntity, PolicyInput> {
  protected readonly filterSchema = policyConditionsSchema;

  constructor(
    policies: PoliciesService,
    idempotency: IdempotencyService,
    private readonly tenants: TenantsService,
  ) {
    super(policies, idempotency);
  }

  protected locate(request: AdminRequest, params: CollectionParams) {
    return locateBelowTenant(request, params, { tenants: this.tenants, resource: 'policies' });
  }
}
