import { type CacheEntry, copyBytes, decodeCacheEntry, encodeCacheEntry } from './cache-entry.js';

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

it('keeps of a buffer no more than its own bytes', () => {
  const view = Buffer.alloc(65_536, 7).subarray(100, 110);
  const copy = copyBytes(view);
  expect(copy).toEqual(view);
  expect(copy.buffer.byteLength).toBe(10);
  expect(copyBytes(Buffer.from('pooled')).buffer.byteLength).toBe(6);
});
