import { createId, type KeyId, type TenantId } from '../../common/ids.js';
import { RefusalCounts } from './refusal-counts.js';

const TENANT = createId<TenantId>();
const KEY = createId<KeyId>();
const NOON_MS = Date.UTC(2026, 0, 2, 12);

describe('RefusalCounts', () => {
  it('counts by minute, key and limit', () => {
    const counts = new RefusalCounts(10);
    counts.count(TENANT, KEY, 'requests', NOON_MS);
    counts.count(TENANT, KEY, 'requests', NOON_MS + 59_999);
    counts.count(TENANT, KEY, 'requests', NOON_MS + 60_000);
    counts.count(TENANT, KEY, 'concurrency', NOON_MS);
    const common = { tenantId: TENANT, keyId: KEY };
    expect(counts.listChanged(10)).toEqual([
      { ...common, minuteMs: NOON_MS, metric: 'requests', refusals: 2 },
      { ...common, minuteMs: NOON_MS + 60_000, metric: 'requests', refusals: 1 },
      { ...common, minuteMs: NOON_MS, metric: 'concurrency', refusals: 1 },
    ]);
    expect(counts.listChanged(1)).toHaveLength(1);
  });

  it('lists the whole value again when it grew after it was read, and nothing that is stored', () => {
    const counts = new RefusalCounts(10);
    counts.count(TENANT, KEY, 'requests', NOON_MS);
    const read = counts.listChanged(10);
    counts.count(TENANT, KEY, 'requests', NOON_MS);
    counts.markStored(read);
    expect(counts.listChanged(10)).toMatchObject([{ refusals: 2 }]);
    counts.markStored(counts.listChanged(10));
    expect(counts.listChanged(10)).toEqual([]);
  });

  it('forgets a minute when it is over and stored, and not before', () => {
    const counts = new RefusalCounts(10);
    counts.count(TENANT, KEY, 'requests', NOON_MS);
    counts.forgetStored(NOON_MS + 60_000);
    expect(counts.size).toBe(1);
    counts.markStored(counts.listChanged(10));
    counts.forgetStored(NOON_MS + 59_999);
    expect(counts.size).toBe(1);
    counts.forgetStored(NOON_MS + 60_000);
    expect(counts.size).toBe(0);
  });

  it('never holds more than it may, and says what it did not hold', () => {
    const counts = new RefusalCounts(2);
    for (let n = 0; n < 5; n++) counts.count(TENANT, createId<KeyId>(), 'requests', NOON_MS);
    expect([counts.size, counts.dropped]).toEqual([2, 3]);
  });
});
