import type { QuotaHold } from './quota-outcome.js';
import type { QuotaStore } from './quota-store.port.js';

/** Short, so that the slots of a killed process are soon free again. */
export const LEASE_MS = 60_000;
const RENEW_AFTER_MS = 20_000;
const TICK_MS = 5_000;
/** What runs longer is given up: its lease ends, and with it what was never settled by mistake. */
const MAX_HOLD_MS = 3_600_000;

interface Kept {
  readonly hold: QuotaHold;
  readonly sinceMs: number;
  renewedAtMs: number;
}

/** Renews the leases of requests that run long; most end before their first renewal is due. */
export class LeaseKeeper {
  private readonly kept = new Map<string, Kept>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly store: QuotaStore,
    private readonly readNowMs: () => number,
  ) {}

  /** Reservations that are not settled. */
  get size(): number {
    return this.kept.size;
  }

  start(): void {
    this.timer = setInterval(() => this.renewDue(), TICK_MS).unref();
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  keep(hold: QuotaHold): void {
    const nowMs = this.readNowMs();
    this.kept.set(hold.reservationId, { hold, sinceMs: nowMs, renewedAtMs: nowMs });
  }

  drop({ reservationId }: QuotaHold): void {
    this.kept.delete(reservationId);
  }

  renewDue(): void {
    const nowMs = this.readNowMs();
    for (const kept of this.kept.values()) {
      if (nowMs - kept.sinceMs > MAX_HOLD_MS) this.drop(kept.hold);
      else if (nowMs - kept.renewedAtMs >= RENEW_AFTER_MS) this.renew(kept, nowMs);
    }
  }

  private renew(kept: Kept, nowMs: number): void {
    const { tenantId, reservationId, entries } = kept.hold;
    const done = this.store.renew({ tenantId, reservationId, nowMs, leaseMs: LEASE_MS, entries });
    if (done === undefined) kept.renewedAtMs = nowMs;
    else {
      // A renewal that did not arrive is tried again at the next tick.
      done.then(
        () => (kept.renewedAtMs = nowMs),
        () => undefined,
      );
    }
  }
}
