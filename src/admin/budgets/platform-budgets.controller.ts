import type { BudgetEntity } from '../../storage/database/entities/budget.entity.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { IdempotencyService } from '../http/idempotency.service.js';
import { CollectionController } from '../resource/collection.controller.js';
import { locatePlatform } from '../resource/locate-collection.js';
import { budgetConditionsSchema, type BudgetInput } from './budget.dto.js';
import { BudgetsService } from './budgets.service.js';

/** Those that apply to every tenant. */
@AdminPlane('budgets', 'platform')
export class PlatformBudgetsController extends CollectionController<BudgetEntity, BudgetInput> {
  protected readonly filterSchema = budgetConditionsSchema;

  constructor(budgets: BudgetsService, idempotency: IdempotencyService) {
    super(budgets, idempotency);
  }

  protected locate(request: AdminRequest) {
    return locatePlatform(request, 'budgets');
  }
}
