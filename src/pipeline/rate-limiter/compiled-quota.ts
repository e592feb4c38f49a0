import type { BudgetConfig, LimitMetric, RateLimitConfig, Scope } from '../../tenancy/config-snapshot.js';
import { type BudgetPeriod, findBudgetPeriod } from './find-budget-period.js';
import { renderScopeKey } from './matches-scope.js';
import { MAX_BUDGET } from './quota-store.port.js';

/** A rate limit with everything about its counter that no request changes. */
export interface CompiledLimit {
  readonly kind: 'window' | 'concurrency';
  readonly id: string;
  readonly metric: LimitMetric;
  readonly scope: Scope;
  readonly key: string;
  readonly limit: number;
  readonly windowMs: number;
}

/** What has to be said when a budget is used up so far. */
export interface AlertThreshold {
  percent: number;
  amount: bigint;
}

/** A budget and the name of its current counter. */
export class CompiledBudget {
  readonly kind = 'budget';
  readonly metric = 'budget';
  readonly id: string;
  readonly scope: Scope;
  readonly unit: 'usd' | 'tokens';
  /** Nano-USD or tokens. */
  readonly limit: bigint;
  readonly isHard: boolean;
  /** Ascending. */
  readonly thresholds: readonly AlertThreshold[];
  private readonly keyPrefix: string;
  private period: BudgetPeriod = { id: '', startMs: 0, endMs: 0 };
  private key = '';

  constructor(readonly config: BudgetConfig) {
    this.id = config.id;
    this.scope = config.scope;
    this.unit = config.amountNanoUsd === null ? 'tokens' : 'usd';
    const amount = config.amountNanoUsd ?? BigInt(config.amountTokens ?? 0);
    this.limit = amount > MAX_BUDGET ? MAX_BUDGET : amount;
    this.isHard = config.mode === 'hard';
    this.thresholds = config.alertPercents
      .map((percent) => ({ percent, amount: (this.limit * BigInt(Math.round(percent))) / 100n }))
      .sort((a, b) => a.percent - b.percent);
    this.keyPrefix = `bd:${config.id}:${renderScopeKey(config.scope)}:${this.unit}`;
  }

  getPeriod(nowMs: number): BudgetPeriod {
    this.moveTo(nowMs);
    return this.period;
  }

  getKey(nowMs: number): string {
    this.moveTo(nowMs);
    return this.key;
  }

  /** The counter of another period. */
  renderKeyAt(atMs: number): string {
    return `${this.keyPrefix}:${findBudgetPeriod(this.config.period, this.config.timeZone, atMs).id}`;
  }

  /** Calendars are slow; a period is looked up once, when the one before it has ended. */
  private moveTo(nowMs: number): void {
    if (nowMs >= this.period.startMs && nowMs < this.period.endMs) return;
    this.period = findBudgetPeriod(this.config.period, this.config.timeZone, nowMs);
    this.key = `${this.keyPrefix}:${this.period.id}`;
  }
}

export type CompiledQuota = CompiledLimit | CompiledBudget;

export function compileLimit(config: RateLimitConfig): CompiledLimit {
  const { id, metric, scope, limit, windowSeconds } = config;
  const kind = metric === 'concurrency' ? 'concurrency' : 'window';
  const window = kind === 'window' ? `:${windowSeconds}` : '';
  return {
    kind,
    id,
    metric,
    scope,
    key: `rl:${id}:${renderScopeKey(scope)}:${metric}${window}`,
    limit,
    windowMs: windowSeconds * 1_000,
  };
}
