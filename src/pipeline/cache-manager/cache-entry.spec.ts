import { WireBytes } from '../wire-bytes.js';
import { type CacheEntry, decodeCacheEntry, encodeCacheEntry, holdCacheEntry } from './cache-entry.js';

const entry: CacheEntry = {
  dialect: 'openai-chat',
  form: 'whole',
  body: WireBytes.ofBuffer(Buffer.from([0, 10, 128, 255])),
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
  const { body: _, ...others } = entry;
  const { text, ...held } = holdCacheEntry({ ...entry, body: WireBytes.ofBuffer(bytes) });
  expect(held).toEqual(others);
  expect(WireBytes.ofLatin1(text).buffer).toEqual(bytes);
});

it('holds nothing of the buffer that it was read into', () => {
  const view = Buffer.alloc(65_536, 7).subarray(100, 110);
  const held = holdCacheEntry({ ...entry, body: WireBytes.ofBuffer(view) });
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
