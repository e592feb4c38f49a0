import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CLOCK, type Clock } from '../common/clock.port.js';
import type { KeyId } from '../common/ids.js';
import { GatewayError } from '../errors/gateway-error.js';
import { toThrottleKey } from '../pipeline/rate-limiter/client-ip.js';
import type { ApiKeyConfig } from './config-snapshot.js';
import { ApiKeyRepository, type StoredKey } from './api-key.repository.js';

const MAX_ENTRIES = 100_000;
const MAX_UNKNOWN_HASHES = 50_000;
/** A larger change (an import) empties the directory instead; what is used comes back one by one. */
const MAX_REFRESHED_ONE_BY_ONE = 1_000;
const UNKNOWN_TTL_MS = 30_000;
/** Look-ups in flight at once; a flood of well-formed forged keys must not occupy the pool. */
const MAX_LOOKUPS_IN_FLIGHT = 64;
/** What one waits for a look-up at most, the wait for a connection included. */
const LOOKUP_DEADLINE_MS = 1_500;
/** Cold look-ups that one IPv4 address or one IPv6 /64 may cause per second. */
const MISSES_PER_ADDRESS_PER_SECOND = 50;

/**
 * Keys by the SHA-256 of their text: O(1), no query for a key that was seen before.
 *
 * 1. A known hash answers from memory; a change of the key replaces the entry within a second (see ConfigStore).
 * 2. An unknown hash costs one query, shared by all who ask at the same time; that it is unknown is remembered for 30 s,
 *    or until a key with that hash is created.
 * 3. PostgreSQL down or frozen: known keys keep working, a cold one gets `key_lookup_unavailable` within 1.5 s, never 401.
 */
@Injectable()
export class KeyDirectory {
  private readonly byHash = new LRUCache<string, ApiKeyConfig>({
    max: MAX_ENTRIES,
    dispose: (key) => this.hashById.delete(key.id),
    noDisposeOnSet: true,
  });
  private readonly hashById = new Map<KeyId, string>();
  private readonly unknown = new LRUCache<string, number>({ max: MAX_UNKNOWN_HASHES });
  private readonly lookups = new Map<string, Promise<ApiKeyConfig | null>>();
  private missesByAddress = new Map<string, number>();
  private missSecond = 0;
  /** Grows with every change of any key; a look-up that overlaps one is repeated. */
  private generation = 0;

  constructor(
    private readonly repository: ApiKeyRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The key, null for a hash that is known to be unknown, undefined when only a look-up can tell. */
  findCached(hash: string): ApiKeyConfig | null | undefined {
    const key = this.byHash.get(hash);
    if (key !== undefined) return key;
    const unknownSinceMs = this.unknown.get(hash);
    if (unknownSinceMs !== undefined && this.clock.nowMs() - unknownSinceMs < UNKNOWN_TTL_MS) return null;
    return undefined;
  }

  /**
   * @throws GatewayError('key_lookup_unavailable') while PostgreSQL does not answer, and
   * GatewayError('rate_limit_exceeded') when this address causes too many cold look-ups.
   */
  async lookUp(hash: string, ip: string): Promise<ApiKeyConfig | null> {
    const running = this.lookups.get(hash);
    if (running) return running;
    this.assertMissAllowed(ip);
    if (this.lookups.size >= MAX_LOOKUPS_IN_FLIGHT) {
      throw new GatewayError('key_lookup_unavailable', { retryAfterMs: 1_000 });
    }
    const lookup = withDeadline(this.query(hash)).finally(() => this.lookups.delete(hash));
    this.lookups.set(hash, lookup);
    return lookup;
  }

  /** Applies changed keys from the feed. @throws when PostgreSQL does not answer; the feed then delivers them again. */
  async refresh(keyIds: readonly string[]): Promise<void> {
    this.generation += 1;
    if (keyIds.length > MAX_REFRESHED_ONE_BY_ONE) {
      this.forgetAll();
      return;
    }
    const stored = new Map(
      (await this.repository.listByIds(keyIds)).map((row) => [row.key.id as string, row]),
    );
    this.generation += 1;
    for (const id of keyIds) this.applyChange(id as KeyId, stored.get(id) ?? null);
  }

  /** When it is not known which keys changed; each is read again when it is next used. */
  forgetAll(): void {
    this.generation += 1;
    this.byHash.clear();
    this.hashById.clear();
    this.unknown.clear();
  }

  get size(): number {
    return this.byHash.size;
  }

  private applyChange(id: KeyId, stored: StoredKey | null): void {
    const knownHash = this.hashById.get(id);
    if (stored !== null) this.unknown.delete(stored.hash);
    if (knownHash === undefined) return;
    // A key that got another secret must not be found by its old one; another key may have that by now.
    const isStale = stored?.hash !== knownHash && this.byHash.peek(knownHash)?.id === id;
    if (isStale) this.byHash.delete(knownHash);
    if (stored !== null) this.remember(stored);
  }

  private async query(hash: string): Promise<ApiKeyConfig | null> {
    for (;;) {
      const generation = this.generation;
      const stored = await this.findStored(hash);
      if (generation !== this.generation) continue;
      if (stored === null) this.unknown.set(hash, this.clock.nowMs());
      else this.remember(stored);
      return stored?.key ?? null;
    }
  }

  private async findStored(hash: string): Promise<StoredKey | null> {
    try {
      return await this.repository.findByHash(hash);
    } catch (cause) {
      throw new GatewayError('key_lookup_unavailable', { cause, retryAfterMs: 1_000 });
    }
  }

  private remember(stored: StoredKey): void {
    this.byHash.set(stored.hash, stored.key);
    this.hashById.set(stored.key.id, stored.hash);
  }

  private assertMissAllowed(ip: string): void {
    const second = Math.floor(this.clock.nowMs() / 1_000);
    if (second !== this.missSecond) {
      this.missSecond = second;
      this.missesByAddress = new Map();
    }
    const address = toThrottleKey(ip);
    const misses = (this.missesByAddress.get(address) ?? 0) + 1;
    this.missesByAddress.set(address, misses);
    if (misses > MISSES_PER_ADDRESS_PER_SECOND)
      throw new GatewayError('rate_limit_exceeded', { retryAfterMs: 1_000 });
  }
}

/** What comes later is still remembered; a connection that never answers is given up by itself. */
async function withDeadline<Result>(lookup: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new GatewayError('key_lookup_unavailable', { retryAfterMs: 1_000 }));
    }, LOOKUP_DEADLINE_MS);
  });
  return Promise.race([lookup, deadline]).finally(() => clearTimeout(timer));
}
