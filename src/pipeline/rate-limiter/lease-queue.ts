/** Something that ends by itself. */
export interface Leased {
  readonly id: string;
  readonly leaseMs: number;
  endsAtMs: number;
}

/**
 * Leases in the order they end. All leases of one length end in the order they began, so one insertion-ordered map per
 * length is a queue with removal in constant time, and lengths are as few as the timeouts that are configured.
 */
export class LeaseQueue<Item extends Leased> {
  private readonly queues = new Map<number, Map<string, Item>>();
  /** Nothing ends before this; only then are the queues looked at. */
  private earliestMs = Number.POSITIVE_INFINITY;

  add(item: Item): void {
    let queue = this.queues.get(item.leaseMs);
    if (queue === undefined) {
      queue = new Map();
      this.queues.set(item.leaseMs, queue);
    }
    queue.set(item.id, item);
    if (item.endsAtMs < this.earliestMs) this.earliestMs = item.endsAtMs;
  }

  delete(item: Item): void {
    this.queues.get(item.leaseMs)?.delete(item.id);
  }

  /** Takes out everything that has ended. */
  takeEnded(nowMs: number, onEnded: (item: Item) => void): void {
    if (nowMs < this.earliestMs) return;
    const ended: Item[] = [];
    this.earliestMs = Number.POSITIVE_INFINITY;
    for (const [leaseMs, queue] of this.queues) {
      this.takeFront(queue, nowMs, ended);
      if (queue.size === 0) this.queues.delete(leaseMs);
    }
    for (const item of ended) onEnded(item);
  }

  private takeFront(queue: Map<string, Item>, nowMs: number, ended: Item[]): void {
    for (const item of queue.values()) {
      if (item.endsAtMs > nowMs) {
        this.earliestMs = Math.min(this.earliestMs, item.endsAtMs);
        return;
      }
      queue.delete(item.id);
      ended.push(item);
    }
  }
}
