import { ManualClock } from '../common/clock.port.js';
import type { KeyId, TenantId } from '../common/ids.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { ApiKeyRepository, StoredKey } from './api-key.repository.js';
import { KeyDirectory } from './key-directory.js';

const IP = '192.0.2.1';
/** As key-directory.ts has them. */
const MAX_ENTRIES = 100_000;
const MISSES_PER_SECOND = 50;
const LOOKUPS_IN_FLIGHT = 64;
const UNKNOWN_MS = 30_000;

function storedKey(hash: string, change: Partial<StoredKey['key']> = {}): StoredKey {
  const key: StoredKey['key'] = {
    id: `id of ${hash}` as KeyId,
    firstId: `id of ${hash}` as KeyId,
    tenantId: 'tenant' as TenantId,
    name: hash,
    prefix: 'tpk_',
    expiresAtMs: null,
    allowedModels: [],
    tags: {},
    requiredTags: [],
    user: null,
    status: 'active',
    ...change,
  };
  return { hash, key };
}

/** A table of keys that counts what it is asked; while it is held, statements run and do not end. */
class CountingRepository {
  readonly asked: string[] = [];
  readonly stored = new Map<string, StoredKey>();
  failure: Error | null = null;
  private gate: Promise<void> = Promise.resolve();
  private open: () => void = () => undefined;

  hold(): void {
    this.gate = new Promise((resolve) => (this.open = resolve));
  }

  release(): void {
    this.open();
  }

  async findByHash(hash: string): Promise<StoredKey | null> {
    this.asked.push(hash);
    // What the statement sees is decided as it begins, like in PostgreSQL.
    const found = this.stored.get(hash) ?? null;
    await this.gate;
    if (this.failure !== null) throw this.failure;
    return found;
  }

  listByIds(ids: readonly string[]): Promise<StoredKey[]> {
    return Promise.resolve([...this.stored.values()].filter(({ key }) => ids.includes(key.id)));
  }
}

function setUp() {
  const repository = new CountingRepository();
  const clock = new ManualClock();
  const directory = new KeyDirectory(repository as unknown as ApiKeyRepository, clock);
  /** As the guard asks: memory first. */
  const ask = (hash: string, ip = IP) => {
    const known = directory.findCached(hash);
    return known === undefined ? directory.lookUp(hash, ip) : Promise.resolve(known);
  };
  return { repository, clock, directory, ask };
}

const codeOf = (error: unknown): string => (error instanceof GatewayError ? error.code : String(error));
/** Codes of those that were refused; 'found' or 'unknown' of the others. */
async function settle(lookups: readonly Promise<unknown>[]): Promise<string[]> {
  const results = await Promise.allSettled(lookups);
  return results.map((result) => {
    if (result.status === 'rejected') return codeOf(result.reason);
    return result.value === null ? 'unknown' : 'found';
  });
}
const count = (values: readonly string[], wanted: string): number =>
  values.filter((value) => value === wanted).length;

describe('KeyDirectory', () => {
  it('asks once for a key that is used again and again', async () => {
    const { repository, ask } = setUp();
    repository.stored.set('good', storedKey('good'));
    for (let use = 0; use < 100; use += 1) expect((await ask('good'))?.name).toBe('good');
    expect(repository.asked).toEqual(['good']);
  });

  it.each(['good', 'forged'])('asks once for a %s key that many send at the same time', async (hash) => {
    const { repository, ask } = setUp();
    repository.stored.set('good', storedKey('good'));
    repository.hold();
    // More than one address may cause and more than may be in flight: sharing comes first.
    const lookups = Array.from({ length: 200 }, () => ask(hash));
    repository.release();
    const results = await settle(lookups);
    expect(new Set(results)).toEqual(new Set([hash === 'good' ? 'found' : 'unknown']));
    expect(repository.asked).toEqual([hash]);
  });

  it('remembers for 30 seconds that a key is unknown, and asks once more after that', async () => {
    const { repository, clock, ask } = setUp();
    expect(await ask('forged')).toBeNull();
    clock.advance(UNKNOWN_MS / 2);
    expect(await ask('forged')).toBeNull();
    clock.advance(UNKNOWN_MS / 2 - 1);
    expect(await ask('forged')).toBeNull();
    expect(repository.asked).toEqual(['forged']);
    clock.advance(1);
    expect(await ask('forged')).toBeNull();
    expect(repository.asked).toEqual(['forged', 'forged']);
  });

  it('forgets that a key is unknown when one with that hash is made', async () => {
    const { repository, directory, ask } = setUp();
    expect(await ask('early')).toBeNull();
    const made = storedKey('early');
    repository.stored.set('early', made);
    await directory.refresh([made.key.id]);
    expect(await ask('early')).toEqual(made.key);
  });

  it('does not remember as unknown a key that was made while it was looked up', async () => {
    const { repository, directory, ask } = setUp();
    repository.hold();
    const lookup = ask('racing');
    const made = storedKey('racing');
    repository.stored.set('racing', made);
    await directory.refresh([made.key.id]);
    repository.release();
    expect(await lookup).toEqual(made.key);
    expect(await ask('racing')).toEqual(made.key);
  });

  it('lets one address cause 50 cold look-ups a second, and others go on', async () => {
    const { repository, clock, ask } = setUp();
    const flood = async (round: string) => {
      const results: string[] = [];
      for (let index = 0; index < MISSES_PER_SECOND + 30; index += 1) {
        results.push(...(await settle([ask(`${round} ${index}`)])));
      }
      return results;
    };
    const first = await flood('first');
    expect([count(first, 'unknown'), count(first, 'rate_limit_exceeded')]).toEqual([MISSES_PER_SECOND, 30]);
    expect(repository.asked).toHaveLength(MISSES_PER_SECOND);
    // Known keys cost no look-up, and another address has its own count.
    expect(await ask('first 0')).toBeNull();
    expect(await settle([ask('elsewhere', '192.0.2.2')])).toEqual(['unknown']);
    clock.advance(1_000);
    expect(count(await flood('second'), 'unknown')).toBe(MISSES_PER_SECOND);
  });

  it('counts the addresses of an IPv6 subscriber as one', async () => {
    const { repository, ask } = setUp();
    const results: string[] = [];
    for (let index = 0; index < MISSES_PER_SECOND + 30; index += 1) {
      results.push(...(await settle([ask(`forged ${index}`, `2001:db8::${index.toString(16)}`)])));
    }
    expect(count(results, 'rate_limit_exceeded')).toBe(30);
    expect(repository.asked).toHaveLength(MISSES_PER_SECOND);
    expect(await settle([ask('elsewhere', '2001:db8:0:1::1')])).toEqual(['unknown']);
  });

  it('has at most 64 look-ups in flight, whoever asks; the next is told to come back', async () => {
    const { repository, directory } = setUp();
    repository.hold();
    const lookups = Array.from({ length: LOOKUPS_IN_FLIGHT + 10 }, (_, index) =>
      directory.lookUp(`forged ${index}`, `192.0.2.${index}`),
    );
    const settled = settle(lookups);
    repository.release();
    const results = await settled;
    expect(count(results, 'unknown')).toBe(LOOKUPS_IN_FLIGHT);
    expect(count(results, 'key_lookup_unavailable')).toBe(10);
    expect(repository.asked).toHaveLength(LOOKUPS_IN_FLIGHT);
    expect(await directory.lookUp('later', IP)).toBeNull();
  });

  it('serves known keys while PostgreSQL is down, and calls no cold key unknown', async () => {
    const { repository, ask } = setUp();
    repository.stored.set('good', storedKey('good'));
    await ask('good');
    repository.failure = new Error('down');
    expect((await ask('good'))?.name).toBe('good');
    expect(await settle([ask('cold')])).toEqual(['key_lookup_unavailable']);
    repository.failure = null;
    repository.stored.set('cold', storedKey('cold'));
    expect(await settle([ask('cold')])).toEqual(['found']);
  });

  it('does not wait longer than two seconds for a PostgreSQL that hangs, and asks again after that', async () => {
    const { repository, ask } = setUp();
    repository.stored.set('cold', storedKey('cold'));
    repository.hold();
    const startedMs = performance.now();
    expect(await settle([ask('cold'), ask('cold')])).toEqual([
      'key_lookup_unavailable',
      'key_lookup_unavailable',
    ]);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    repository.release();
    expect(await settle([ask('cold')])).toEqual(['found']);
  });

  it('takes over a changed key, drops a deleted one, and finds none by a secret that it no longer has', async () => {
    const { repository, directory, ask } = setUp();
    repository.stored.set('old', storedKey('old'));
    const { id } = (await ask('old')) ?? { id: '' };
    repository.stored.set('old', storedKey('old', { status: 'revoked' }));
    await directory.refresh([id]);
    expect((await ask('old'))?.status).toBe('revoked');
    repository.stored.delete('old');
    repository.stored.set('new', { ...storedKey('old'), hash: 'new' });
    await directory.refresh([id]);
    expect(directory.findCached('old')).toBeUndefined();
    expect((await ask('new'))?.status).toBe('active');
    repository.stored.delete('new');
    await directory.refresh([id]);
    expect(await ask('new')).toBeNull();
  });

  it('keeps 100,000 keys at most, those that were used last', async () => {
    const { repository, directory } = setUp();
    repository.findByHash = (hash) => Promise.resolve(storedKey(hash));
    for (let index = 0; index < MAX_ENTRIES + 100; index += 1) {
      // Every look-up from elsewhere; the first key stays in use.
      await directory.lookUp(`key ${index}`, `address ${index % 10_000}`);
      directory.findCached('key 0');
    }
    expect(directory.size).toBe(MAX_ENTRIES);
    expect(directory.findCached('key 0')).toBeDefined();
    expect(directory.findCached('key 1')).toBeUndefined();
    // What was pushed out is also not brought back by a change of it.
    await directory.refresh(['id of key 1']);
    expect(directory.findCached('key 1')).toBeUndefined();
  });

  it('starts anew after a change of more keys than it would refresh one by one', async () => {
    const { repository, directory, ask } = setUp();
    repository.stored.set('good', storedKey('good'));
    await ask('good');
    expect(directory.size).toBe(1);
    await directory.refresh(Array.from({ length: 1_001 }, (_, index) => `id ${index}`));
    expect(directory.size).toBe(0);
    expect((await ask('good'))?.name).toBe('good');
  });
});
