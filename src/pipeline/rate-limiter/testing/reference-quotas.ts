import { LATE_SETTLE_MS, type QuotaEntry } from '../quota-store.port.js';
import { findBucketMs } from '../sliding-window.js';

interface Held {
  entries: readonly QuotaEntry[];
  reservedAtMs: number;
  endsAtMs: number;
  forgottenAtMs: number;
}

interface Counted {
  key: string;
  atMs: number;
  amount: number;
}

export type ReferenceResult =
  | { outcome: 'reserved'; remaining: number[] }
  | { outcome: 'refused'; refused: number; remaining: number[] }
  | { outcome: 'uninitialised'; missing: number[] };

/** What a quota store should do, written for being read: everything is kept and added up anew each time. */
export class ReferenceQuotas {
  private counted: Counted[] = [];
  private readonly held = new Map<string, Held>();
  private readonly booked = new Map<string, number>();
  nowMs: number;

  constructor(
    startMs: number,
    private readonly leaseMs: number,
  ) {
    this.nowMs = startMs;
  }

  reserve(id: string, entries: readonly QuotaEntry[]): ReferenceResult {
    const missing = indexesOf(entries, (entry) => entry.kind === 'budget' && !this.booked.has(entry.key));
    if (missing.length > 0) return { outcome: 'uninitialised', missing };
    if (!this.findHeld(id)) {
      const [refused] = indexesOf(
        entries,
        (entry) => this.countUsed(entry) + amountOf(entry) > Number(entry.limit),
      );
      if (refused !== undefined)
        return { outcome: 'refused', refused, remaining: this.listRemaining(entries) };
      this.commit(id, entries);
    }
    return { outcome: 'reserved', remaining: this.listRemaining(entries) };
  }

  renew(id: string): void {
    const held = this.held.get(id);
    if (!held || held.endsAtMs <= this.nowMs) return;
    held.endsAtMs = this.nowMs + this.leaseMs;
    held.forgottenAtMs = held.endsAtMs + LATE_SETTLE_MS;
  }

  settle(id: string, actual: readonly bigint[]): void {
    const held = this.findHeld(id);
    this.held.delete(id);
    if (!held) return;
    held.entries.forEach((entry, index) => {
      const used = Number(actual[index]);
      if (entry.kind === 'budget') this.booked.set(entry.key, (this.booked.get(entry.key) ?? 0) + used);
      if (entry.kind !== 'window') return;
      const atMs = used > entry.amount ? this.nowMs : held.reservedAtMs;
      this.counted.push({ key: entry.key, atMs, amount: used - entry.amount });
    });
  }

  initialise(key: string, spent: number): void {
    if (!this.booked.has(key)) this.booked.set(key, spent);
  }

  /** What the window holds of amounts that are younger than `ageMs`. */
  countYounger(key: string, ageMs: number): number {
    return sum(this.counted.filter((item) => item.key === key && item.atMs > this.nowMs - ageMs));
  }

  private commit(id: string, entries: readonly QuotaEntry[]): void {
    const endsAtMs = this.nowMs + this.leaseMs;
    this.held.set(id, {
      entries,
      reservedAtMs: this.nowMs,
      endsAtMs,
      forgottenAtMs: endsAtMs + LATE_SETTLE_MS,
    });
    for (const entry of entries) {
      if (entry.kind === 'window')
        this.counted.push({ key: entry.key, atMs: this.nowMs, amount: entry.amount });
    }
  }

  private findHeld(id: string): Held | undefined {
    const held = this.held.get(id);
    return held && held.forgottenAtMs > this.nowMs ? held : undefined;
  }

  private listRemaining(entries: readonly QuotaEntry[]): number[] {
    return entries.map((entry) => Math.max(0, Number(entry.limit) - this.countUsed(entry)));
  }

  private countUsed(entry: QuotaEntry): number {
    const running = [...this.held.values()].filter(({ endsAtMs }) => endsAtMs > this.nowMs);
    const same = running.flatMap(({ entries }) => entries.filter(({ key }) => key === entry.key));
    switch (entry.kind) {
      case 'window':
        return this.countBuckets(entry.key, entry.windowMs);
      case 'concurrency':
        return same.length;
      case 'budget':
        return (this.booked.get(entry.key) ?? 0) + same.reduce((total, other) => total + amountOf(other), 0);
    }
  }

  private countBuckets(key: string, windowMs: number): number {
    const bucketMs = findBucketMs(windowMs);
    const edge = Math.floor((this.nowMs - windowMs) / bucketMs);
    return sum(this.counted.filter((item) => item.key === key && Math.floor(item.atMs / bucketMs) >= edge));
  }
}

function amountOf(entry: QuotaEntry): number {
  return entry.kind === 'concurrency' ? 1 : Number(entry.amount);
}

function sum(items: readonly Counted[]): number {
  return items.reduce((total, { amount }) => total + amount, 0);
}

function indexesOf(entries: readonly QuotaEntry[], test: (entry: QuotaEntry) => boolean): number[] {
  return entries.flatMap((entry, index) => (test(entry) ? [index] : []));
}
