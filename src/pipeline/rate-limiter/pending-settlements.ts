import type { Clock } from '../../common/clock.port.js';
import { createId } from '../../common/ids.js';
import { RedisUnavailableError } from '../../storage/redis/redis-client.js';
import type { QuotaEntry, SettleRequest } from './quota-store.port.js';

/** A store that can be told late. @throws RedisUnavailableError while it cannot be reached. */
export interface LateStore {
  settle(request: SettleRequest, agoMs: number): Promise<void>;
  ping(): Promise<unknown>;
  /** Resolves when every settlement so far has arrived or failed; never rejects. */
  flush(): Promise<void>;
}

type BudgetEntry = Extract<QuotaEntry, { kind: 'budget' }>;

interface Waiting {
  request: SettleRequest;
  attempts: number;
}

const RETRY_MS = 250;
const MAX_WAITING = 10_000;
/** A settlement that the store answers with an error (it is full, say) is kept for 25 seconds. */
const MAX_ATTEMPTS = 100;

/**
 * What the shared store has to hear once it answers again: settlements and releases that did not reach it, one by one, and
 * what was spent without it, added up by counter. Bounded: settlements beyond 10,000 are added up too; what they had
 * reserved is then given back by its lease.
 */
export class PendingSettlements {
  private waiting: Waiting[] = [];
  private readonly spent = new Map<string, SettleRequest>();
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;

  constructor(
    private readonly store: LateStore,
    private readonly clock: Clock,
    private readonly onDropped: (cause: unknown) => void,
  ) {}

  get size(): number {
    return this.waiting.length + this.spent.size;
  }

  /** A settlement of a reservation that the store has, or may have. */
  add(request: SettleRequest): void {
    if (this.waiting.length >= MAX_WAITING) this.addSpent(request);
    else this.waiting.push({ request, attempts: 0 });
    this.wake();
  }

  /** What a request used that the store knows nothing about. Only budgets outlast the time it did not answer. */
  addSpent(request: SettleRequest): void {
    request.entries.forEach((entry, index) => {
      const amount = request.actual[index] ?? 0n;
      if (entry.kind === 'budget' && amount > 0n) this.addUp(request, entry, amount);
    });
    if (this.spent.size > 0) this.wake();
  }

  /** Tells what can be told. Never rejects. */
  flush(): Promise<void> {
    this.running ??= this.drain().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  stop(): Promise<void> {
    this.rest();
    return this.size > 0 ? this.flush() : Promise.resolve();
  }

  private addUp(request: SettleRequest, entry: BudgetEntry, amount: bigint): void {
    const key = `${request.tenantId} ${entry.key}`;
    const before = this.spent.get(key)?.actual[0] ?? 0n;
    // `reservedAtMs: 0`: the store books it unless its counter was taken from the ledger after this moment.
    this.spent.set(key, { ...request, entries: [entry], actual: [before + amount], reservedAtMs: 0 });
  }

  private wake(): void {
    this.timer ??= setInterval(() => void this.flush(), RETRY_MS).unref();
  }

  private rest(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  private async drain(): Promise<void> {
    try {
      await this.store.ping();
    } catch {
      // Not reached: everything stays, and the timer tries again.
      return;
    }
    this.moveSpent();
    for (let left = this.waiting.length; left > 0; left -= 1) {
      if (!(await this.tell(this.waiting[0] as Waiting))) return;
    }
    if (this.size === 0) this.rest();
  }

  /** Whether the store can be told more. What it refused goes to the end, so that it keeps nothing else waiting. */
  private async tell(next: Waiting): Promise<boolean> {
    const { request } = next;
    try {
      await this.store.settle(request, Math.max(0, this.clock.nowMs() - request.nowMs));
      this.waiting.shift();
    } catch (error) {
      if (error instanceof RedisUnavailableError) return false;
      this.waiting.shift();
      next.attempts += 1;
      if (next.attempts < MAX_ATTEMPTS) this.waiting.push(next);
      else this.onDropped(error);
    }
    return true;
  }

  /** From here on the sum has an id of its own: repeated after a lost answer, it is still booked once. */
  private moveSpent(): void {
    for (const spent of this.spent.values()) {
      this.waiting.push({ request: { ...spent, reservationId: createId() }, attempts: 0 });
    }
    this.spent.clear();
  }
}
