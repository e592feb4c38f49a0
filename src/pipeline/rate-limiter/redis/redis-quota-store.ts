import type { TenantId } from '../../../common/ids.js';
import type { RedisConnection } from '../../../storage/redis/redis-client.js';
import type {
  BudgetStart,
  QuotaEntry,
  QuotaStore,
  RenewRequest,
  ReserveRequest,
  ReserveResult,
  SettleRequest,
} from '../quota-store.port.js';
import { BUDGET_GRACE_MS, LATE_SETTLE_MS } from '../quota-store.port.js';
import { parseReserveReply } from './parse-reserve-reply.js';
import { RedisScript } from './redis-script.js';
import { RESERVE_LUA } from './reserve-lua.js';
import { INITIALISE_LUA, RENEW_LUA, SETTLE_LUA } from './settle-lua.js';

/**
 * Whose clock windows and leases run by. `redis`: one clock for all processes, theirs may differ. `caller`: the requests'
 * own `nowMs`, for a single process that drives its time itself, such as a test. Budget periods are calendars and always
 * go by the caller's.
 */
export type TimeSource = 'redis' | 'caller';

const KINDS: Record<QuotaEntry['kind'], string> = { window: 'w', concurrency: 'c', budget: 'b' };

const RESERVE = new RedisScript(RESERVE_LUA);
const RENEW = new RedisScript(RENEW_LUA);
const SETTLE = new RedisScript(SETTLE_LUA);
const INITIALISE = new RedisScript(INITIALISE_LUA);

/**
 * Counters that processes share: one script for each request, under the tenant's hash tag, so that a Cluster keeps a tenant
 * on one node and the script is atomic over all of its limits. Same algorithms and meaning as InProcessQuotaStore.
 *
 * Everything ends by itself: windows with their last bucket, slots and budget reservations with their lease, budget counters
 * a day after their period. A Redis that lost its data begins with empty windows and budgets from the ledger.
 */
export class RedisQuotaStore implements QuotaStore {
  constructor(
    private readonly connection: RedisConnection,
    private readonly timeSource: TimeSource = 'redis',
  ) {}

  /** Every failure is `unknown`: whether the script ran cannot always be told. */
  async reserve(request: ReserveRequest): Promise<ReserveResult> {
    const { entries, cacheKey, tenantId, reservationId } = request;
    let mayHaveRun = false;
    try {
      if (entries.length === 0) return await this.readCacheOnly(request);
      const keys = this.listKeys(tenantId, reservationId, entries);
      const args = this.renderReserve(request);
      const { reply, value } = await this.connection.run((redis) => {
        mayHaveRun = redis.status === 'ready';
        return RESERVE.runWithGet(redis, keys, args, cacheKey);
      });
      return parseReserveReply(reply, request, value);
    } catch (cause) {
      return { outcome: 'unknown', cause, mayHaveRun };
    }
  }

  /** @throws RedisUnavailableError */
  async renew({ tenantId, reservationId, nowMs, leaseMs, entries }: RenewRequest): Promise<void> {
    const leased = entries.filter(({ kind }) => kind !== 'window');
    const args = [
      this.renderTime(nowMs),
      reservationId,
      leaseMs,
      LATE_SETTLE_MS,
      ...leased.map(({ kind }) => KINDS[kind]),
    ];
    const keys = this.listKeys(tenantId, reservationId, leased);
    await this.connection.run((redis) => RENEW.run(redis, keys, args));
  }

  /** @throws RedisUnavailableError; repeating it is harmless. `nowMs` is when the request was settled, however late this runs. */
  async settle(request: SettleRequest, agoMs = 0): Promise<void> {
    const { tenantId, reservationId, nowMs, reservedAtMs, leaseMs } = request;
    const changed = request.entries.map((_, index) => index).filter((index) => isCorrected(request, index));
    const keys = this.listKeys(
      tenantId,
      reservationId,
      changed.map((index) => request.entries[index] as QuotaEntry),
    );
    const args: (string | number)[] = [this.renderTime(nowMs), reservationId, reservedAtMs, agoMs, leaseMs];
    for (const index of changed) {
      const entry = request.entries[index] as QuotaEntry;
      const amount = entry.kind === 'concurrency' ? 0 : entry.amount.toString();
      const actual = (request.actual[index] ?? 0n).toString();
      args.push(KINDS[entry.kind], amount, actual, entry.kind === 'window' ? entry.windowMs : 0);
    }
    await this.connection.run((redis) => SETTLE.run(redis, keys, args));
  }

  /** @throws RedisUnavailableError */
  async initialiseBudget({
    tenantId,
    key,
    spent,
    periodEndsAtMs,
    nowMs,
    readAgoMs,
  }: BudgetStart): Promise<void> {
    const args = [this.renderTime(nowMs), spent.toString(), readAgoMs, periodEndsAtMs + BUDGET_GRACE_MS];
    await this.connection.run((redis) => INITIALISE.run(redis, [renderKey(tenantId, key)], args));
  }

  /** @throws RedisUnavailableError */
  async findBudgetSpent(tenantId: TenantId, key: string): Promise<bigint | null> {
    const spent = await this.connection.run((redis) => redis.hget(renderKey(tenantId, key), 's'));
    return spent === null ? null : BigInt(spent);
  }

  /** @throws RedisUnavailableError */
  ping(): Promise<unknown> {
    return this.connection.run((redis) => redis.ping());
  }

  private async readCacheOnly({ cacheKey, nowMs }: ReserveRequest): Promise<ReserveResult> {
    const cached = cacheKey === null ? null : await this.connection.run((redis) => redis.getBuffer(cacheKey));
    return { outcome: 'reserved', states: [], cached, reservedAtMs: nowMs };
  }

  private listKeys(tenantId: TenantId, reservationId: string, entries: readonly QuotaEntry[]): string[] {
    const keys = [renderKey(tenantId, `rs:${reservationId}`)];
    for (const { key } of entries) keys.push(renderKey(tenantId, key));
    return keys;
  }

  private renderReserve({ nowMs, reservationId, leaseMs, entries }: ReserveRequest): (string | number)[] {
    const args: (string | number)[] = [this.renderTime(nowMs), reservationId, leaseMs, LATE_SETTLE_MS];
    for (const entry of entries) {
      switch (entry.kind) {
        case 'window':
          args.push('w', entry.limit, entry.amount, entry.windowMs);
          break;
        case 'concurrency':
          args.push('c', entry.limit, 1, 0);
          break;
        case 'budget':
          args.push('b', entry.limit.toString(), entry.amount.toString(), entry.hard ? 1 : 0);
      }
    }
    return args;
  }

  private renderTime(nowMs: number): string | number {
    return this.timeSource === 'redis' ? '' : nowMs;
  }
}

function renderKey(tenantId: TenantId, key: string): string {
  return `tokenpak:{${tenantId}}:${key}`;
}

/** A window that was used as reserved stays as it is. */
function isCorrected({ entries, actual }: SettleRequest, index: number): boolean {
  const entry = entries[index] as QuotaEntry;
  return entry.kind !== 'window' || BigInt(entry.amount) !== (actual[index] ?? 0n);
}
