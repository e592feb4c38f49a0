import type { DeclaredBudget, DeclaredRateLimit } from '../../config/declarative/declarative-config.js';
import type { BudgetEntity } from '../../storage/database/entities/budget.entity.js';
import type { RateLimitEntity } from '../../storage/database/entities/rate-limit.entity.js';
import { convertScope } from './convert-scope.js';
import type { CurrentRows } from './current-rows.js';
import type { OwnedSection } from './declared-owners.js';
import { deriveNames } from './derive-names.js';
import { planOwnedRows } from './plan-owned-rows.js';
import type { PlanContext, RowsPlan } from './plan-rows.js';
import { locateWebhookUrl, openFromExport } from './seal-for-export.js';

export function planRateLimits(
  sections: readonly OwnedSection[],
  current: CurrentRows,
  context: PlanContext,
): Promise<RowsPlan<RateLimitEntity>> {
  return planOwnedRows<RateLimitEntity, DeclaredRateLimit>(
    {
      kind: 'rate-limit',
      field: 'rateLimits',
      sections,
      list: ({ section }) => deriveNames(section.rateLimits, describeRateLimit),
      convert: ({ scope, ...columns }, { keyIds }) => ({ ...columns, scope: convertScope(scope, keyIds) }),
      rows: current.rateLimits,
      current,
    },
    context,
  );
}

export async function planBudgets(
  sections: readonly OwnedSection[],
  current: CurrentRows,
  context: PlanContext,
): Promise<RowsPlan<BudgetEntity>> {
  const problems: string[] = [];
  const open = (webhookUrl: DeclaredBudget['webhookUrl'], { label }: OwnedSection): string | null => {
    if (webhookUrl === null || typeof webhookUrl === 'string') return webhookUrl;
    const text = openFromExport(webhookUrl.sealed, locateWebhookUrl(label), context.secretBox);
    if (text === null) problems.push(`${label}budgets: ${CANNOT_OPEN}`);
    return text;
  };
  const plan = await planOwnedRows<BudgetEntity, DeclaredBudget>(
    {
      kind: 'budget',
      field: 'budgets',
      sections,
      list: ({ section }) => deriveNames(section.budgets, describeBudget),
      convert: ({ scope, webhookUrl, ...columns }, owned) => ({
        ...columns,
        webhookUrl: open(webhookUrl, owned),
        scope: convertScope(scope, owned.keyIds),
      }),
      rows: current.budgets,
      current,
    },
    context,
  );
  return { ...plan, conflicts: [...plan.conflicts, ...new Set(problems)] };
}

const CANNOT_OPEN =
  'a sealed webhookUrl does not open: ENCRYPTION_KEYS lack the key that sealed it, or it was sealed for another owner';

export function describeRateLimit({
  metric,
  windowSeconds,
}: Pick<DeclaredRateLimit, 'metric' | 'windowSeconds'>): string {
  return metric === 'concurrency' ? metric : `${metric}/${windowSeconds}s`;
}

export function describeBudget({
  amountNanoUsd,
  period,
}: Pick<DeclaredBudget, 'amountNanoUsd' | 'period'>): string {
  return `${amountNanoUsd === null ? 'tokens' : 'usd'}/${period}`;
}
