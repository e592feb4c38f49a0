import { renderUsd } from '../../common/money.js';
import type { BudgetConfig, LimitMetric, Scope } from '../../tenancy/config-snapshot.js';
import type { CompiledBudget, CompiledQuota } from './compiled-quota.js';

/** As GET /v1/key shows it. */
export interface LimitReport {
  id: string;
  scope: Scope;
  metric: LimitMetric;
  limit: number;
  /** Null for concurrency. */
  windowSeconds: number | null;
}

/** As GET /v1/key shows it. Amounts: decimal USD as text, or tokens. What is not known is null. */
export interface BudgetReport {
  id: string;
  scope: Scope;
  mode: BudgetConfig['mode'];
  period: BudgetConfig['period'];
  timeZone: string;
  unit: 'usd' | 'tokens';
  amount: string | number;
  /** With what running requests have reserved. */
  used: string | number | null;
  remaining: string | number | null;
  /** Null for a budget that is never renewed. */
  renewsAt: string | null;
}

export function describeLimits(quotas: readonly CompiledQuota[]): LimitReport[] {
  return quotas
    .filter((quota) => quota.kind !== 'budget')
    .map(({ id, scope, metric, limit, kind, windowMs }) => ({
      id,
      scope,
      metric,
      limit,
      windowSeconds: kind === 'window' ? windowMs / 1_000 : null,
    }));
}

export function describeBudget(budget: CompiledBudget, spent: bigint | null, nowMs: number): BudgetReport {
  const { config, unit, limit } = budget;
  const render = (amount: bigint): string | number => (unit === 'usd' ? renderUsd(amount) : Number(amount));
  const left = spent === null ? null : limit > spent ? limit - spent : 0n;
  return {
    id: budget.id,
    scope: budget.scope,
    mode: config.mode,
    period: config.period,
    timeZone: config.timeZone,
    unit,
    amount: render(limit),
    used: spent === null ? null : render(spent),
    remaining: left === null ? null : render(left),
    renewsAt: config.period === 'total' ? null : new Date(budget.getPeriod(nowMs).endMs).toISOString(),
  };
}
