import type { TenantId } from '../../../common/ids.js';
import type { RedisConnection } from '../../../storage/redis/redis-client.js';
import { RedisScript } from '../../../storage/redis/redis-script.js';
import { TenantBatcher } from '../../../storage/redis/tenant-batcher.js';
import {
  BUDGET_GRACE_MS,
  type BudgetStart,
  LATE_SETTLE_MS,
  type QuotaStore,
  type RenewRequest,
  type ReserveRequest,
  type ReserveResult,
  type SettleRequest,
} from '../quota-store.port.js';
import { parseReserveReply } from './parse-reserve-reply.js';
import {
  KINDS,
  renderRecordKey,
  renderReserveEntries,
  renderSettlements,
  type Settlement,
} from './render-quota-args.js';
import { RESERVE_LUA } from './reserve-lua.js';
import { INITIALISE_LUA, RENEW_LUA, SETTLE_LUA } from './settle-lua.js';

/**
 * Whose clock windows and leases run by. `redis`: one clock for all processes, theirs may differ. `caller`: the requests'
 * own `nowMs`, for a single process that drives its time itself, such as a test. Budget periods are calendars and always
 * go by the caller's.
 */
export type TimeSource = 'redis' | 'caller';

const RESERVE = new RedisScript(RESERVE_LUA);
const RENEW = new RedisScript(RENEW_LUA);
const SETTLE = new RedisScript(SETTLE_LUA);
const INITIALISE = new RedisScript(INITIALISE_LUA);

/** Nobody waits for a settlement; a slot is free that much later. */
const SETTLEMENT_BATCHES = { waitMs: 2, maxSize: 50 };

/**
 * Counters that processes share: one script for each request, under the tenant's hash tag, so that a Cluster keeps a tenant
 * on one node and the script is atomic over all of its limits. Same algorithms and meaning as InProcessQuotaStore.
 *
 * Everything ends by itself: windows with their last bucket, slots and budget reservations with their lease, budget counters
 * a day after their period. A Redis that lost its data begins with empty windows and budgets from the ledger.
 */
export class RedisQuotaStore implements QuotaStore {
  private readonly settlements = new TenantBatcher<Settlement>(
    (tenantId, batch) => this.sendSettlements(tenantId, batch),
    SETTLEMENT_BATCHES,
  );

  constructor(
    private readonly connection: RedisConnection,
    private readonly timeSource: TimeSource = 'redis',
  ) {
    connection.onDeparture(() => this.settlements.sendRipe());
  }

  /** Every failure is `unknown`: whether the script ran cannot always be told. */
  async reserve(request: ReserveRequest): Promise<ReserveResult> {
    if (request.entries.length === 0) return this.readCacheOnly(request);
    const keys = listReserveKeys(request);
    const args = this.renderReserveArgs(request);
    let mayHaveRun = false;
    try {
      const reply = await this.connection.run((redis) => {
        mayHaveRun = redis.status === 'ready';
        return request.cacheKey === null
          ? RESERVE.run(redis, keys, args)
          : RESERVE.runForBytes(redis, keys, args);
      });
      return parseReserveReply(reply, request);
    } catch (cause) {
      return { outcome: 'unknown', cause, mayHaveRun };
    }
  }

  /** @throws RedisUnavailableError */
  async renew({ tenantId, reservationId, nowMs, leaseMs, entries }: RenewRequest): Promise<void> {
    const leased = entries.filter(({ kind }) => kind !== 'window');
    const keys = [renderRecordKey(reservationId), ...leased.map(({ key }) => key)];
    const kinds = leased.map(({ kind }) => KINDS[kind]);
    const args = [this.renderTime(nowMs), reservationId, leaseMs, LATE_SETTLE_MS, ...kinds];
    await this.connection.run((redis) => RENEW.run(redis, renderKeys(tenantId, keys), args));
  }

  /**
   * @param agoMs how long ago the request was settled
   * @throws RedisUnavailableError; repeating it is harmless.
   */
  settle(request: SettleRequest, agoMs = 0): Promise<void> {
    return this.settlements.add(request.tenantId, { request, agoMs });
  }

  /** @throws RedisUnavailableError */
  async initialiseBudget(start: BudgetStart): Promise<void> {
    const { tenantId, key, spent, periodEndsAtMs, nowMs, readAgoMs } = start;
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

  /** Resolves when every settlement so far has arrived or failed. */
  flush(): Promise<void> {
    return this.settlements.flush();
  }

  private async readCacheOnly({ cacheKey, nowMs }: ReserveRequest): Promise<ReserveResult> {
    try {
      const cached =
        cacheKey === null ? null : await this.connection.run((redis) => redis.getBuffer(cacheKey));
      return { outcome: 'reserved', states: [], cached, reservedAtMs: nowMs };
    } catch (cause) {
      return { outcome: 'unknown', cause, mayHaveRun: false };
    }
  }

  private async sendSettlements(tenantId: TenantId, batch: readonly Settlement[]): Promise<void> {
    const { keys, json } = renderSettlements(batch);
    const args = [this.renderTime(batch.at(-1)?.request.nowMs ?? 0), json];
    await this.connection.run((redis) => SETTLE.run(redis, renderKeys(tenantId, keys), args));
  }

  private renderReserveArgs({ nowMs, reservationId, leaseMs, entries }: ReserveRequest): (string | number)[] {
    return [this.renderTime(nowMs), reservationId, leaseMs, LATE_SETTLE_MS, renderReserveEntries(entries)];
  }

  private renderTime(nowMs: number): string | number {
    return this.timeSource === 'redis' ? '' : nowMs;
  }
}

function listReserveKeys({ tenantId, reservationId, entries, cacheKey }: ReserveRequest): string[] {
  const keys = [renderKey(tenantId, renderRecordKey(reservationId))];
  for (const { key } of entries) keys.push(renderKey(tenantId, key));
  if (cacheKey !== null) keys.push(cacheKey);
  return keys;
}

function renderKeys(tenantId: TenantId, keys: readonly string[]): string[] {
  return keys.map((key) => renderKey(tenantId, key));
}

function renderKey(tenantId: TenantId, key: string): string {
  return `tokenpak:{${tenantId}}:${key}`;
}
