import type { BudgetEntity } from '../../storage/database/entities/budget.entity.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { IdempotencyService } from '../http/idempotency.service.js';
import { CollectionController, type CollectionParams } from '../resource/collection.controller.js';
import { locateBelowTenant } from '../resource/locate-collection.js';
import { TenantsService } from '../tenants/tenants.service.js';
import { budgetConditionsSchema, type BudgetInput } from './budget.dto.js';
import { BudgetsService } from './budgets.service.js';

/** One tenant's own. */
@AdminPlane('tenants/:tenantId/budgets', 'tenant')
export class TenantBudgetsController extends CollectionController<BudgetEntity, BudgetInput> {
  protected readonly filterSchema = budgetConditionsSchema;

  constructor(
    budgets: BudgetsService,
    idempotency: IdempotencyService,
    private readonly tenants: TenantsService,
  ) {
    super(budgets, idempotency);
  }

  protected locate(request: AdminRequest, params: CollectionParams) {
    return locateBelowTenant(request, params, { tenants: this.tenants, resource: 'budgets' });
  }
}
