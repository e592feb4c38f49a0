import type { TenantId } from '../../common/ids.js';
import type { LimitMetric } from '../../tenancy/config-snapshot.js';
import type { CompiledLimit, CompiledQuota } from './compiled-quota.js';
import type { EntryState, QuotaEntry } from './quota-store.port.js';

/** What was taken from the counters and has to be settled. */
export interface QuotaHold {
  readonly tenantId: TenantId;
  readonly reservationId: string;
  readonly quotas: readonly CompiledQuota[];
  readonly entries: readonly QuotaEntry[];
  readonly reservedAtMs: number;
  readonly leaseMs: number;
}

const REQUESTS: ReadonlySet<LimitMetric> = new Set(['requests']);
const TOKENS: ReadonlySet<LimitMetric> = new Set(['tokens', 'input-tokens', 'output-tokens']);

/** What the Rate Limiter decided about a request: what it holds, and what the client is told. */
export class QuotaOutcome {
  private rendered: readonly string[] | null = null;
  /** Settled or released; what comes later changes nothing. */
  isClosed = false;

  constructor(
    /** Null when nothing is held, such as after a refusal. */
    readonly hold: QuotaHold | null,
    /** All that matched, with `states` parallel to them. */
    private readonly quotas: readonly CompiledQuota[],
    private readonly states: readonly EntryState[],
  ) {}

  /** Flat name and value list: what is left of the tightest limit on requests and on tokens. */
  get headers(): readonly string[] {
    this.rendered ??= [
      ...this.renderTightest('requests', REQUESTS),
      ...this.renderTightest('tokens', TOKENS),
    ];
    return this.rendered;
  }

  /** What was asked and what is left of it, for traces: units of the limits, nano-USD or tokens of budgets. */
  describe(): Record<string, unknown> {
    return {
      limits: this.quotas.map(({ id }) => id),
      remaining: this.states.map(({ remaining }) => Number(remaining)),
    };
  }

  private renderTightest(name: string, metrics: ReadonlySet<LimitMetric>): string[] {
    let tightest = -1;
    for (let index = 0; index < this.quotas.length; index += 1) {
      const quota = this.quotas[index] as CompiledQuota;
      if (quota.kind !== 'window' || !metrics.has(quota.metric)) continue;
      if (tightest < 0 || this.remainingAt(index) < this.remainingAt(tightest)) tightest = index;
    }
    if (tightest < 0) return [];
    const { limit } = this.quotas[tightest] as CompiledLimit;
    const { remaining, resetMs } = this.states[tightest] as EntryState;
    return [
      `x-ratelimit-limit-${name}`,
      String(limit),
      `x-ratelimit-remaining-${name}`,
      String(remaining),
      `x-ratelimit-reset-${name}`,
      `${Math.ceil(resetMs / 1_000)}s`,
    ];
  }

  private remainingAt(index: number): bigint {
    return (this.states[index] as EntryState).remaining;
  }
}
