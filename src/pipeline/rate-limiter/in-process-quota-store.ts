import type { TenantId } from '../../common/ids.js';
import { CounterTable } from './counter-table.js';
import { BudgetCounter, type Counter, SlotCounter, WindowCounter } from './in-process-counters.js';
import { type Leased, LeaseQueue } from './lease-queue.js';
import {
  type BudgetStart,
  type EntryState,
  LATE_SETTLE_MS,
  type QuotaEntry,
  type QuotaStore,
  type RenewRequest,
  type ReserveRequest,
  type ReserveResult,
  type SettleRequest,
} from './quota-store.port.js';

interface Reservation extends Leased {
  readonly entries: readonly QuotaEntry[];
  readonly counters: readonly Counter[];
  readonly marks: readonly number[];
  isExpired: boolean;
}

/**
 * Counters of one process. Everything answers at once, and nothing else runs meanwhile, which is what makes it atomic.
 *
 * Reserve: what ended by itself is taken out; every entry is looked at; only when all fit, all are counted. Budgets nobody
 * initialised are reported and nothing is counted. Every step is amortised constant in time; memory follows what is running
 * and what the current windows and periods hold.
 */
export class InProcessQuotaStore implements QuotaStore {
  private readonly table = new CounterTable();
  private readonly reservations = new Map<string, Reservation>();
  private readonly running = new LeaseQueue<Reservation>();
  /** Their lease ended; a late settle is still booked. */
  private readonly late = new LeaseQueue<Reservation>();

  reserve(request: ReserveRequest): ReserveResult {
    const { entries, nowMs } = request;
    this.sweep(nowMs);
    const counters: Counter[] = [];
    const missing = this.collectCounters(request, counters);
    if (missing !== null) return { outcome: 'uninitialised', missing, cached: null };
    if (!this.reservations.has(request.reservationId)) {
      const refusal = findRefusal(entries, counters, nowMs);
      if (refusal !== null) {
        return {
          outcome: 'refused',
          ...refusal,
          states: describeAll(entries, counters, nowMs),
          cached: null,
        };
      }
      // Nobody settles what holds nothing.
      if (entries.length > 0) this.commit(request, counters);
    }
    return {
      outcome: 'reserved',
      states: describeAll(entries, counters, nowMs),
      cached: null,
      reservedAtMs: nowMs,
    };
  }

  renew({ reservationId, nowMs, leaseMs }: RenewRequest): void {
    this.sweep(nowMs);
    const reservation = this.reservations.get(reservationId);
    if (reservation === undefined || reservation.isExpired) return;
    // Taken out and put in again, to stand behind those that end before it.
    this.running.delete(reservation);
    reservation.endsAtMs = nowMs + leaseMs;
    this.running.add(reservation);
  }

  settle({ tenantId, reservationId, nowMs, actual }: SettleRequest): void {
    this.sweep(nowMs);
    const reservation = this.reservations.get(reservationId);
    if (reservation === undefined) return;
    this.forget(reservation);
    const { entries, counters, marks, isExpired } = reservation;
    for (let index = 0; index < counters.length; index += 1) {
      const entry = entries[index] as QuotaEntry;
      // A window that was empty meanwhile may have been dropped and made anew; an excess has to block in the new one.
      const counter = entry.kind === 'window' ? this.getCounter(tenantId, entry) : counters[index];
      counter?.settle(entry, { mark: marks[index] as number, isExpired }, actual[index] ?? 0n, nowMs);
    }
  }

  initialiseBudget({ tenantId, key, spent, periodEndsAtMs }: BudgetStart): void {
    if (this.table.find(tenantId, key) === undefined) {
      this.table.add(tenantId, key, new BudgetCounter(spent, periodEndsAtMs));
    }
  }

  findBudgetSpent(tenantId: TenantId, key: string): bigint | null {
    const counter = this.table.find(tenantId, key);
    return counter instanceof BudgetCounter ? counter.spent : null;
  }

  /** A budget counter that has to be initialised anew. What is reserved at it is settled without effect. */
  dropBudget(tenantId: TenantId, key: string): void {
    this.table.delete(tenantId, key);
  }

  /** Whether the reservation was made here and not settled. */
  holds(reservationId: string): boolean {
    return this.reservations.has(reservationId);
  }

  /** For tests of the bounds. */
  get size(): { counters: number; reservations: number } {
    return { counters: this.table.size, reservations: this.reservations.size };
  }

  /** Fills `counters`; returns the indexes of budgets without one, or null. */
  private collectCounters({ tenantId, entries }: ReserveRequest, counters: Counter[]): number[] | null {
    let missing: number[] | null = null;
    for (let index = 0; index < entries.length; index += 1) {
      const entry = entries[index] as QuotaEntry;
      const counter = this.getCounter(tenantId, entry);
      if (counter !== null) counters.push(counter);
      else if (missing === null) missing = [index];
      else missing.push(index);
    }
    return missing;
  }

  /** Null for a budget, whose first value only the ledger knows. */
  private getCounter(tenantId: TenantId, entry: QuotaEntry): Counter | null {
    const known = this.table.find(tenantId, entry.key);
    if (known !== undefined) return known;
    if (entry.kind === 'budget') return null;
    const counter = entry.kind === 'window' ? new WindowCounter(entry.windowMs) : new SlotCounter();
    this.table.add(tenantId, entry.key, counter);
    return counter;
  }

  private commit(request: ReserveRequest, counters: readonly Counter[]): void {
    const { entries, nowMs, leaseMs, reservationId } = request;
    const marks: number[] = [];
    for (let index = 0; index < counters.length; index += 1) {
      marks.push((counters[index] as Counter).reserve(entries[index] as QuotaEntry, nowMs));
    }
    const endsAtMs = nowMs + leaseMs;
    const reservation = { id: reservationId, leaseMs, endsAtMs, entries, counters, marks, isExpired: false };
    this.reservations.set(reservationId, reservation);
    this.running.add(reservation);
  }

  private sweep(nowMs: number): void {
    this.running.takeEnded(nowMs, (reservation) => this.expire(reservation));
    this.late.takeEnded(nowMs, (reservation) => this.reservations.delete(reservation.id));
    this.table.sweep(nowMs);
  }

  private expire(reservation: Reservation): void {
    const { entries, counters } = reservation;
    counters.forEach((counter, index) => counter.expire(entries[index] as QuotaEntry));
    reservation.isExpired = true;
    reservation.endsAtMs += LATE_SETTLE_MS;
    this.late.add(reservation);
  }

  private forget(reservation: Reservation): void {
    this.reservations.delete(reservation.id);
    (reservation.isExpired ? this.late : this.running).delete(reservation);
  }
}

/** The first entry that does not fit, and how long until it and the windows that refuse too have room; null when all fit. */
function findRefusal(
  entries: readonly QuotaEntry[],
  counters: readonly Counter[],
  nowMs: number,
): { refused: number; retryAfterMs: number } | null {
  let refused = -1;
  let retryAfterMs = 0;
  for (let index = 0; index < counters.length; index += 1) {
    const entry = entries[index] as QuotaEntry;
    const counter = counters[index] as Counter;
    if (counter.fits(entry, nowMs)) continue;
    // Months until an exhausted budget is new say nothing to somebody whom a window refused.
    if (refused < 0 || entry.kind !== 'budget') {
      retryAfterMs = Math.max(retryAfterMs, counter.findWaitMs(entry, nowMs));
    }
    if (refused < 0) refused = index;
  }
  return refused < 0 ? null : { refused, retryAfterMs };
}

function describeAll(
  entries: readonly QuotaEntry[],
  counters: readonly Counter[],
  nowMs: number,
): EntryState[] {
  const states: EntryState[] = [];
  for (let index = 0; index < counters.length; index += 1) {
    states.push((counters[index] as Counter).describe(entries[index] as QuotaEntry, nowMs));
  }
  return states;
}
