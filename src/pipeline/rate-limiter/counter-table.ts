import type { TenantId } from '../../common/ids.js';
import type { Counter } from './in-process-counters.js';

interface Row {
  readonly tenantId: TenantId;
  readonly key: string;
  readonly counter: Counter;
}

/** Rows looked at per call of `sweep`. */
const SWEEP_ROWS = 2;

/**
 * Counters by tenant and key. Idle ones are dropped by a hand that moves on by two rows whenever it is called, so memory
 * follows the traffic of the last windows and no call pays for many.
 */
export class CounterTable {
  private readonly tenants = new Map<TenantId, Map<string, Row>>();
  private readonly rows = new Set<Row>();
  private hand = this.rows.values();

  get size(): number {
    return this.rows.size;
  }

  find(tenantId: TenantId, key: string): Counter | undefined {
    return this.tenants.get(tenantId)?.get(key)?.counter;
  }

  add(tenantId: TenantId, key: string, counter: Counter): void {
    let counters = this.tenants.get(tenantId);
    if (counters === undefined) {
      counters = new Map();
      this.tenants.set(tenantId, counters);
    }
    const row = { tenantId, key, counter };
    counters.set(key, row);
    this.rows.add(row);
  }

  delete(tenantId: TenantId, key: string): void {
    const row = this.tenants.get(tenantId)?.get(key);
    if (row !== undefined) this.remove(row);
  }

  sweep(nowMs: number): void {
    for (let step = 0; step < SWEEP_ROWS; step += 1) {
      const { value: row, done } = this.hand.next();
      if (done === true) {
        this.hand = this.rows.values();
        return;
      }
      if (row.counter.isIdle(nowMs)) this.remove(row);
    }
  }

  private remove(row: Row): void {
    this.rows.delete(row);
    const counters = this.tenants.get(row.tenantId);
    counters?.delete(row.key);
    if (counters?.size === 0) this.tenants.delete(row.tenantId);
  }
}
