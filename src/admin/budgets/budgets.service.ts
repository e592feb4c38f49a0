import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { DataSource } from 'typeorm';
import type { KeyId } from '../../common/ids.js';
import type { JsonObject } from '../../common/json.js';
import { parseUsd } from '../../common/money.js';
import { BudgetEntity } from '../../storage/database/entities/budget.entity.js';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { assertNoFaults, findScopeFaults } from '../fields/assert-references.js';
import { NAMELESS_SORTS } from '../resource/sort-fields.js';
import { OwnedRowsService, type Write } from '../resource/owned-rows.service.js';
import { type BudgetInput, budgetInputSchema } from './budget.dto.js';
import { renderAmount, renderBudget, renderBudgetForAudit, renderBudgetForReader } from './render-budget.js';

/** Budgets of the platform, which hold for each tenant by itself, or of one tenant. All that match must be kept. */
@Injectable()
export class BudgetsService extends OwnedRowsService<BudgetEntity, BudgetInput> {
  readonly resource = 'budgets';
  protected readonly entity = BudgetEntity;
  protected readonly inputSchema = budgetInputSchema;
  override readonly sortFields = NAMELESS_SORTS;

  constructor(dataSource: DataSource, audit: AuditService, @Inject(CLOCK) clock: Clock) {
    super(dataSource, audit, clock);
  }

  render(row: BudgetEntity) {
    return renderBudget(row);
  }

  override renderFor({ role }: Actor, row: BudgetEntity) {
    return role === 'viewer' ? renderBudgetForReader(row) : renderBudget(row);
  }

  protected override renderForAudit(row: BudgetEntity) {
    return renderBudgetForAudit(row);
  }

  protected toInput(row: BudgetEntity): JsonObject {
    const { scope, period, timeZone, mode, alertPercents, webhookUrl, unpriced, enabled } = row;
    const settings = { period, timeZone, mode, alertPercents, webhookUrl, unpriced, enabled };
    return { scope: { ...scope }, ...renderAmount(row), ...settings };
  }

  protected async assign(row: BudgetEntity, { manager, owner, input }: Write<BudgetInput>): Promise<void> {
    const { scope, amountUsd, tokens, ...others } = input;
    assertNoFaults(await findScopeFaults(manager, owner, scope.keyId, 'scope.keyId'));
    Object.assign(row, others, {
      scope: { ...scope, keyId: scope.keyId as KeyId | undefined },
      amountNanoUsd: amountUsd === undefined ? null : parseUsd(amountUsd),
      amountTokens: tokens ?? null,
    });
    row.name ??= null;
  }
}
