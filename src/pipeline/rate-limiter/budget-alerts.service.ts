import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { renderUsd } from '../../common/money.js';
import type { TenantId } from '../../common/ids.js';
import { GATEWAY_CONFIG, type GatewayConfig } from '../../config/gateway-config.js';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import { REDIS_CONNECTION, type RedisConnection } from '../../storage/redis/redis-client.js';
import { AlertWebhook } from './alert-webhook.js';
import { describeCause } from './describe-cause.js';
import type { AlertThreshold, CompiledBudget } from './compiled-quota.js';

const MAX_REMEMBERED = 20_000;
/** Until the period is certainly over everywhere; the longest period that ends is a month. */
const MEMORY_MS = 32 * 86_400_000;

/** How much of a budget is spent or reserved. */
export interface BudgetLevel {
  tenantId: TenantId;
  budget: CompiledBudget;
  /** In the budget's unit. */
  used: bigint;
  nowMs: number;
}

/**
 * Says when a budget passes one of its thresholds: a log line `budget_alert` and, where one is set, a webhook; once for each
 * threshold and period. Running requests count with what they have reserved. Processes agree through Redis on who says it;
 * without Redis a restart can repeat it.
 */
@Injectable()
export class BudgetAlertsService implements OnApplicationShutdown {
  private readonly logger = new Logger('budgets');
  private readonly webhook: AlertWebhook;
  /** Highest percentage said, by tenant and counter. */
  private readonly said = new LRUCache<string, number>({ max: MAX_REMEMBERED });

  constructor(
    @Inject(GATEWAY_CONFIG) config: GatewayConfig,
    @Inject(REDIS_CONNECTION) private readonly redis: RedisConnection | null,
    metrics: MetricsService,
  ) {
    let undelivered = 0;
    metrics.observeCount(
      'budget_alerts_undelivered_total',
      'Budget alerts whose webhook was given up',
      [],
      () => [{ labels: {}, value: undelivered }],
    );
    this.webhook = new AlertWebhook({
      allowPrivateAddresses: config.allowPrivateUpstreams,
      onGivenUp: (cause) => {
        undelivered += 1;
        this.logger.warn({ msg: 'A budget alert was not delivered', cause: describeCause(cause) });
      },
    });
  }

  /** Called for every request; costs a comparison below the first threshold. */
  observe(level: BudgetLevel): void {
    const { thresholds } = level.budget;
    const lowest = thresholds[0];
    if (lowest === undefined || level.used < lowest.amount) return;
    const key = `${level.tenantId} ${level.budget.getKey(level.nowMs)}`;
    const said = this.said.get(key) ?? -1;
    const due = thresholds.filter(({ percent, amount }) => percent > said && level.used >= amount);
    const highest = due.at(-1);
    if (highest === undefined) return;
    this.said.set(key, highest.percent);
    for (const threshold of due) void this.announce(level, threshold);
  }

  onApplicationShutdown(): Promise<void> {
    return this.webhook.close();
  }

  private async announce(level: BudgetLevel, threshold: AlertThreshold): Promise<void> {
    if (!(await this.isFirst(level, threshold))) return;
    const alert = describeAlert(level, threshold);
    this.logger.warn({ msg: 'budget_alert', ...alert });
    const { webhookUrl } = level.budget.config;
    if (webhookUrl !== null) this.webhook.send(webhookUrl, { type: 'budget_alert', ...alert });
  }

  /** Redis down: said twice is better than not at all. */
  private async isFirst(
    { tenantId, budget, nowMs }: BudgetLevel,
    { percent }: AlertThreshold,
  ): Promise<boolean> {
    if (this.redis === null) return true;
    const key = `tokenpak:{${tenantId}}:alert:${budget.getKey(nowMs)}:${percent}`;
    return this.redis
      .run((client) => client.set(key, '1', 'PX', MEMORY_MS, 'NX'))
      .then((answer) => answer === 'OK')
      .catch(() => true);
  }
}

function describeAlert({ tenantId, budget, used, nowMs }: BudgetLevel, { percent }: AlertThreshold) {
  const render = (amount: bigint): string => (budget.unit === 'usd' ? renderUsd(amount) : amount.toString());
  const { startMs, endMs } = budget.getPeriod(nowMs);
  return {
    tenantId,
    budgetId: budget.id,
    scope: budget.scope,
    mode: budget.config.mode,
    percent,
    unit: budget.unit,
    limit: render(budget.limit),
    used: render(used),
    period: budget.config.period,
    periodStartsAt: new Date(startMs).toISOString(),
    periodEndsAt: new Date(endMs).toISOString(),
  };
}
