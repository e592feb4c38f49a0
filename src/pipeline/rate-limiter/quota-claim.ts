import type { GatewayError } from '../../errors/gateway-error.js';
import type { RequestContext } from '../request-context.js';
import {
  buildQuotaEntries,
  type ClaimedDemand,
  isRateQuota,
  type QuotaDemand,
} from './build-quota-entries.js';
import type { CompiledQuota } from './compiled-quota.js';
import { LEASE_MS } from './lease-keeper.js';
import { QuotaOutcome } from './quota-outcome.js';
import type { EntryState, QuotaEntry, ReserveRequest, ReserveResult } from './quota-store.port.js';

type Reserved = Extract<ReserveResult, { outcome: 'reserved' }>;

/** One request on its way through the limiter: what it has to pass, and what is known so far. */
export class QuotaClaim {
  entries: readonly QuotaEntry[] = [];
  /** Budgets that were asked from the ledger so far. */
  initialisations = 0;
  /** Input tokens were counted, not bounded. */
  wasCounted = false;
  /** A token or budget refusal that waits for what the cache has. */
  refusal: GatewayError | null = null;
  cached: Buffer | null = null;
  /** Quotas that refused or were not asked again after a refusal; only for what the client is told. */
  private otherQuotas: readonly CompiledQuota[] = [];
  private otherStates: readonly EntryState[] = [];
  demand: ClaimedDemand;
  private asks = 0;
  private reservationId = '';

  constructor(
    readonly context: RequestContext,
    public quotas: readonly CompiledQuota[],
    bound: QuotaDemand,
    private cacheKey: string | null,
  ) {
    this.demand = { likely: bound, atMost: bound };
  }

  /**
   * Each ask has an id of its own: one that was not heard may have reserved all the same, and what releases it later must
   * not release what the next one was given.
   */
  buildRequest(nowMs: number): ReserveRequest {
    this.asks += 1;
    this.reservationId = this.asks === 1 ? this.context.id : `${this.context.id}.${this.asks}`;
    const { tenant } = this.context.getGrant();
    this.entries = buildQuotaEntries(this.quotas, this.demand, nowMs);
    return {
      tenantId: tenant.id,
      reservationId: this.reservationId,
      nowMs,
      entries: this.entries,
      leaseMs: LEASE_MS,
      cacheKey: this.cacheKey,
      fallback: tenant.quotaFallback,
    };
  }

  /** The cache is read once, in the first round trip that is answered. */
  takeCached(cached: Buffer | null): void {
    this.cached ??= cached;
    this.cacheKey = null;
  }

  /** Goes on with the quotas that a refused request still counts at: requests and concurrency. */
  keepRefusal(refusal: GatewayError, states: readonly EntryState[]): void {
    const { quotas } = this;
    this.refusal = refusal;
    this.quotas = quotas.filter(isRateQuota);
    this.otherQuotas = quotas.filter((quota) => !isRateQuota(quota));
    this.otherStates = states.filter((_, index) => !isRateQuota(quotas[index] as CompiledQuota));
  }

  /** Goes on without a soft budget that nobody can count at the moment. */
  dropQuota(dropped: CompiledQuota): void {
    this.quotas = this.quotas.filter((quota) => quota !== dropped);
  }

  createOutcome(result: Reserved): QuotaOutcome {
    const { quotas, entries, context, reservationId } = this;
    const { reservedAtMs, states } = result;
    const tenantId = context.getGrant().tenant.id;
    const hold = { tenantId, reservationId, quotas, entries, reservedAtMs, leaseMs: LEASE_MS };
    return new QuotaOutcome(
      entries.length === 0 ? null : hold,
      [...quotas, ...this.otherQuotas],
      [...states, ...this.otherStates],
    );
  }

  /** Nothing is held. */
  createRefusedOutcome(states: readonly EntryState[]): QuotaOutcome {
    return new QuotaOutcome(null, this.quotas, states);
  }
}
