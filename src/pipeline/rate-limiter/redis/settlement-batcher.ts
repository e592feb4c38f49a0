import type { TenantId } from '../../../common/ids.js';
import type { Settlement } from './render-quota-args.js';

interface Batch {
  settlements: Settlement[];
  sent: PromiseWithResolvers<void>;
}

/** How long a settlement waits for others. */
const WAIT_MS = 2;
const MAX_SIZE = 50;

/**
 * Collects settlements of a tenant for two milliseconds and sends them as one: a busy tenant's settlements then cost a
 * fraction of a command each. Nobody waits for them; a slot is free that much later.
 */
export class SettlementBatcher {
  private readonly batches = new Map<TenantId, Batch>();
  private readonly running = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly send: (tenantId: TenantId, settlements: readonly Settlement[]) => Promise<void>,
  ) {}

  /** Settles with the batch. @throws what sending throws */
  add(settlement: Settlement): Promise<void> {
    const { tenantId } = settlement.request;
    let batch = this.batches.get(tenantId);
    if (batch === undefined) {
      batch = { settlements: [], sent: Promise.withResolvers() };
      this.batches.set(tenantId, batch);
    }
    batch.settlements.push(settlement);
    if (batch.settlements.length >= MAX_SIZE) this.dispatch(tenantId, batch);
    else this.timer ??= setTimeout(() => this.dispatchAll(), WAIT_MS);
    return batch.sent.promise;
  }

  /** Sends what waits and resolves when nothing is on its way. Never rejects. */
  async flush(): Promise<void> {
    this.dispatchAll();
    await Promise.allSettled(this.running);
  }

  private dispatchAll(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    for (const [tenantId, batch] of this.batches) this.dispatch(tenantId, batch);
  }

  private dispatch(tenantId: TenantId, { settlements, sent }: Batch): void {
    this.batches.delete(tenantId);
    this.running.add(sent.promise);
    this.send(tenantId, settlements)
      .then(sent.resolve, sent.reject)
      .finally(() => this.running.delete(sent.promise));
  }
}
