import type { KeyId, TenantId } from '../../common/ids.js';
import type { LimitMetric } from '../../tenancy/config-snapshot.js';

const MINUTE_MS = 60_000;

/** What a rate or concurrency limit refused to one key in one minute. */
export interface RefusalCount {
  readonly minuteMs: number;
  readonly tenantId: TenantId;
  readonly keyId: KeyId;
  readonly metric: LimitMetric;
  readonly refusals: number;
}

interface Entry extends RefusalCount {
  refusals: number;
  /** The value that was last stored. */
  stored: number;
}

/**
 * This process's refusals by minute, in memory until they are stored. Values only grow within their minute, so that storing one
 * twice is storing it once. A minute is forgotten when it is over and stored. At most `maxEntries`; what comes beyond, which
 * takes a database that is down and tens of thousands of keys, is counted in `dropped` only.
 */
export class RefusalCounts {
  /** Refusals that found no room. */
  dropped = 0;
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly maxEntries: number) {}

  count(tenantId: TenantId, keyId: KeyId, metric: LimitMetric, nowMs: number): void {
    const minuteMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
    const name = `${minuteMs}|${keyId}|${metric}`;
    const entry = this.entries.get(name);
    if (entry !== undefined) entry.refusals++;
    else if (this.entries.size >= this.maxEntries) this.dropped++;
    else this.entries.set(name, { minuteMs, tenantId, keyId, metric, refusals: 1, stored: 0 });
  }

  /** Copies of what has changed since it was stored, at most `max`. */
  listChanged(max: number): RefusalCount[] {
    const changed: RefusalCount[] = [];
    for (const { stored, ...entry } of this.entries.values()) {
      if (entry.refusals === stored) continue;
      changed.push(entry);
      if (changed.length === max) break;
    }
    return changed;
  }

  markStored(counts: readonly RefusalCount[]): void {
    for (const { minuteMs, keyId, metric, refusals } of counts) {
      const entry = this.entries.get(`${minuteMs}|${keyId}|${metric}`);
      if (entry !== undefined) entry.stored = refusals;
    }
  }

  forgetStored(nowMs: number): void {
    for (const [name, entry] of this.entries) {
      const isOver = entry.minuteMs + MINUTE_MS <= nowMs;
      if (isOver && entry.stored === entry.refusals) this.entries.delete(name);
    }
  }

  get size(): number {
    return this.entries.size;
  }
}
