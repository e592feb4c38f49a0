import { SlidingWindow } from './sliding-window.js';
import {
  BUDGET_GRACE_MS,
  type EntryState,
  MAX_BUDGET,
  type QuotaEntry,
  SLOT_RETRY_MS,
} from './quota-store.port.js';

type WindowEntry = Extract<QuotaEntry, { kind: 'window' }>;
type SlotEntry = Extract<QuotaEntry, { kind: 'concurrency' }>;
type BudgetEntry = Extract<QuotaEntry, { kind: 'budget' }>;

/** A part of a reservation at one counter. */
export interface Hold {
  /** What `reserve` returned. */
  mark: number;
  /** The lease ended: `expire` was called already. */
  isExpired: boolean;
}

/** A counter meets only entries of its own kind, because an entry's key names its kind. */
export interface Counter {
  fits(entry: QuotaEntry, nowMs: number): boolean;
  /** Counts the entry, without asking again whether it fits. Returns a mark for `settle`. */
  reserve(entry: QuotaEntry, nowMs: number): number;
  settle(entry: QuotaEntry, hold: Hold, actual: bigint, nowMs: number): void;
  /** Undoes what must not outlive the lease. */
  expire(entry: QuotaEntry): void;
  /** Milliseconds until the entry would fit. */
  findWaitMs(entry: QuotaEntry, nowMs: number): number;
  describe(entry: QuotaEntry, nowMs: number): EntryState;
  /** It could be made anew without a difference. */
  isIdle(nowMs: number): boolean;
}

/** Requests or tokens. */
export class WindowCounter implements Counter {
  private readonly window: SlidingWindow;

  constructor(windowMs: number) {
    this.window = new SlidingWindow(windowMs);
  }

  fits(entry: WindowEntry, nowMs: number): boolean {
    return this.window.count(nowMs) + entry.amount <= entry.limit;
  }

  reserve(entry: WindowEntry, nowMs: number): number {
    return this.window.add(entry.amount, nowMs);
  }

  settle(entry: WindowEntry, hold: Hold, actual: bigint, nowMs: number): void {
    this.window.correct(hold.mark, entry.amount, Number(actual), nowMs);
  }

  expire(): void {
    // What was reserved leaves the window by itself.
  }

  findWaitMs(entry: WindowEntry, nowMs: number): number {
    return this.window.findWaitMs(entry.amount, entry.limit, nowMs);
  }

  describe(entry: WindowEntry, nowMs: number): EntryState {
    const counted = this.window.count(nowMs);
    const resetMs = counted > 0 ? Math.max(0, this.window.emptyAtMs - nowMs) : 0;
    return { remaining: BigInt(Math.max(0, entry.limit - counted)), resetMs };
  }

  isIdle(nowMs: number): boolean {
    return nowMs >= this.window.emptyAtMs;
  }
}

/** Requests that run at a time. */
export class SlotCounter implements Counter {
  private held = 0;

  fits(entry: SlotEntry): boolean {
    return this.held < entry.limit;
  }

  reserve(): number {
    this.held += 1;
    return 0;
  }

  settle(_entry: SlotEntry, hold: Hold): void {
    if (!hold.isExpired) this.held -= 1;
  }

  expire(): void {
    this.held -= 1;
  }

  findWaitMs(): number {
    return SLOT_RETRY_MS;
  }

  describe(entry: SlotEntry): EntryState {
    return { remaining: BigInt(Math.max(0, entry.limit - this.held)), resetMs: 0 };
  }

  isIdle(): boolean {
    return this.held === 0;
  }
}

/** Money or tokens in a period: what was settled and what is reserved. */
export class BudgetCounter implements Counter {
  constructor(
    public spent: bigint,
    private readonly periodEndsAtMs: number,
  ) {}

  fits(entry: BudgetEntry): boolean {
    return this.spent + entry.amount <= (entry.hard ? entry.limit : MAX_BUDGET);
  }

  reserve(entry: BudgetEntry): number {
    this.spent += entry.amount;
    return 0;
  }

  settle(entry: BudgetEntry, hold: Hold, actual: bigint): void {
    this.spent += hold.isExpired ? actual : actual - entry.amount;
  }

  expire(entry: BudgetEntry): void {
    this.spent -= entry.amount;
  }

  findWaitMs(entry: BudgetEntry, nowMs: number): number {
    return Math.max(0, entry.periodEndsAtMs - nowMs);
  }

  describe(entry: BudgetEntry, nowMs: number): EntryState {
    const left = entry.limit - this.spent;
    const resetMs = Math.max(0, entry.periodEndsAtMs - nowMs);
    return { remaining: left > 0n ? left : 0n, resetMs, used: this.spent };
  }

  isIdle(nowMs: number): boolean {
    return nowMs >= this.periodEndsAtMs + BUDGET_GRACE_MS;
  }
}
