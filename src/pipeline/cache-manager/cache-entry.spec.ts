import {
  type CacheEntry,
  decodeCacheEntry,
  encodeCacheEntry,
  holdCacheEntry,
  releaseCacheEntry,
} from './cache-entry.js';

const entry: CacheEntry = {
  dialect: 'openai-chat',
  form: 'whole',
  bytes: Buffer.from([0, 10, 128, 255]),
  droppedParams: ['seed'],
  storedAtMs: 1,
  expiresAtMs: 2,
};

it('is the same after it was in the shared cache', () => {
  expect(decodeCacheEntry(encodeCacheEntry(entry))).toEqual(entry);
});

it.each(['', '\n', '{', '{}\nx', 'null\nx', '{"v":2}\nx'])('is a miss where the bytes are %j', (text) => {
  expect(decodeCacheEntry(Buffer.from(text))).toBeNull();
});

it('is the same after it was held in memory, whatever its bytes', () => {
  const bytes = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
  expect(releaseCacheEntry(holdCacheEntry({ ...entry, bytes }))).toEqual({ ...entry, bytes });
});

it('holds nothing of the buffer that it was read into', () => {
  const view = Buffer.alloc(65_536, 7).subarray(100, 110);
  const held = holdCacheEntry({ ...entry, bytes: view });
  view.fill(8);
  expect(held).toEqual({
    dialect: 'openai-chat',
    form: 'whole',
    droppedParams: ['seed'],
    text: '\x07'.repeat(10),
    storedAtMs: 1,
    expiresAtMs: 2,
  });
});
