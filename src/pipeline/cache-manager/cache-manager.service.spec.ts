import type { Clock } from '../../common/clock.port.js';
import { WireBytes } from '../wire-bytes.js';
import type { RequestContext } from '../request-context.js';
import { encodeCacheEntry } from './cache-entry.js';
import { CacheManagerService } from './cache-manager.service.js';
import { NoSharedCacheStore } from './cache-store.port.js';

describe('CacheManagerService', () => {
  it("answers from the shared cache when the process's own copy has ended, and from neither when both have", () => {
    let nowMs = 1_000;
    const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
    const options = { keySecret: 'secret', maxMemoryBytes: 100_000, maxEntryBytes: 10_000 };
    const cache = new CacheManagerService(options, new NoSharedCacheStore(), clock);
    const lookUp = (shared: { text: string; expiresAtMs: number } | null): string | null => {
      const sharedCacheBytes =
        shared === null
          ? null
          : encodeCacheEntry({
              dialect: 'openai-chat',
              form: 'whole',
              droppedParams: [],
              body: WireBytes.ofBuffer(Buffer.from(shared.text)),
              storedAtMs: 0,
              expiresAtMs: shared.expiresAtMs,
            });
      const context = { cacheKey: 'key', mayReadCache: true, sharedCacheBytes } as RequestContext;
      const answer = cache.lookupCache(context);
      return answer?.kind === 'whole' ? answer.body.latin1 : null;
    };
    expect(lookUp({ text: 'old', expiresAtMs: 2_000 })).toBe('old');
    expect(lookUp(null)).toBe('old');
    nowMs = 2_000;
    expect(lookUp({ text: 'new', expiresAtMs: 3_000 })).toBe('new');
    nowMs = 3_000;
    expect(lookUp({ text: 'new', expiresAtMs: 3_000 })).toBeNull();
    expect(lookUp(null)).toBeNull();
  });
});
