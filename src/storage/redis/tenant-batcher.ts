import type { TenantId } from '../../common/ids.js';

interface Batch<Item> {
  items: Item[];
  /** Monotonic milliseconds. */
  readonly startedMs: number;
  sent: PromiseWithResolvers<void>;
}

export interface BatchOptions {
  /** How long an item waits for others. */
  waitMs: number;
  maxSize: number;
}

/**
 * Collects what is sent to Redis for a tenant for a few milliseconds and sends it as one: to a busy tenant each item then
 * costs a fraction of a command. By tenant, because a command's keys must lie in one slot of a Cluster.
 *
 * A batch leaves when it is full or has waited; sooner, after half the wait, when `sendRipe` says that a write is about to
 * leave anyway.
 */
export class TenantBatcher<Item> {
  /** The oldest first. */
  private readonly batches = new Map<TenantId, Batch<Item>>();
  private readonly running = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly send: (tenantId: TenantId, items: readonly Item[]) => Promise<void>,
    private readonly options: BatchOptions,
  ) {}

  /** Settles with the batch. @throws what sending throws */
  add(tenantId: TenantId, item: Item): Promise<void> {
    let batch = this.batches.get(tenantId);
    if (batch === undefined) {
      batch = { items: [], startedMs: performance.now(), sent: Promise.withResolvers() };
      this.batches.set(tenantId, batch);
    }
    batch.items.push(item);
    if (batch.items.length >= this.options.maxSize) this.dispatch(tenantId, batch);
    else this.timer ??= setTimeout(() => this.dispatchAll(), this.options.waitMs);
    return batch.sent.promise;
  }

  sendRipe(): void {
    if (this.batches.size === 0) return;
    const ripeMs = performance.now() - this.options.waitMs / 2;
    for (const [tenantId, batch] of this.batches) {
      if (batch.startedMs > ripeMs) break;
      this.dispatch(tenantId, batch);
    }
    if (this.batches.size === 0) this.stopTimer();
  }

  /** Sends what waits and resolves when nothing is on its way. Never rejects. */
  async flush(): Promise<void> {
    this.dispatchAll();
    await Promise.allSettled(this.running);
  }

  private dispatchAll(): void {
    this.stopTimer();
    for (const [tenantId, batch] of this.batches) this.dispatch(tenantId, batch);
  }

  private stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private dispatch(tenantId: TenantId, { items, sent }: Batch<Item>): void {
    this.batches.delete(tenantId);
    this.running.add(sent.promise);
    this.send(tenantId, items)
      .then(sent.resolve, sent.reject)
      .finally(() => this.running.delete(sent.promise));
  }
}
