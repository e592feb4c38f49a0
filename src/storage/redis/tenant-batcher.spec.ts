import { jest } from '@jest/globals';
import { createId, type TenantId } from '../../common/ids.js';
import { eventually } from '../../pipeline/rate-limiter/testing/eventually.js';
import { TenantBatcher } from './tenant-batcher.js';

function setUp(waitMs = 2) {
  const sent: number[] = [];
  const outcome = { failure: null as Error | null };
  const batcher = new TenantBatcher<number>(
    (_tenantId, batch) => {
      sent.push(batch.length);
      return outcome.failure === null ? Promise.resolve() : Promise.reject(outcome.failure);
    },
    { waitMs, maxSize: 50 },
  );
  return { sent, outcome, batcher };
}

describe('TenantBatcher', () => {
  it("sends a tenant's items together and tenants apart, by itself", async () => {
    const { sent, batcher } = setUp();
    const [one, other] = [createId<TenantId>(), createId<TenantId>()];
    const all = [one, other, one, one].map((tenantId) => batcher.add(tenantId, 1));
    await Promise.all(all);
    expect(sent).toEqual([3, 1]);
  });

  it('does not wait with a batch that is full', async () => {
    const { sent, batcher } = setUp();
    const tenantId = createId<TenantId>();
    const all = Array.from({ length: 120 }, () => batcher.add(tenantId, 1));
    expect(sent).toEqual([50, 50]);
    await batcher.flush();
    await Promise.all(all);
    expect(sent).toEqual([50, 50, 20]);
  });

  it('sends a batch sooner with a write that leaves anyway, once half of its wait is over', async () => {
    const { sent, batcher } = setUp(120_000);
    const [one, other] = [createId<TenantId>(), createId<TenantId>()];
    const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
    const first = batcher.add(one, 1);
    clock.mockReturnValue(60_999);
    const second = batcher.add(other, 1);
    batcher.sendRipe();
    expect(sent).toEqual([]);
    clock.mockReturnValue(61_000);
    batcher.sendRipe();
    await first;
    expect(sent).toEqual([1]);
    clock.mockReturnValue(121_000);
    batcher.sendRipe();
    await second;
    expect(sent).toEqual([1, 1]);
    clock.mockRestore();
  });

  it('tells everybody in a batch that it failed, and flushes without failing', async () => {
    const { outcome, batcher } = setUp();
    outcome.failure = new Error('Redis is gone');
    const tenantId = createId<TenantId>();
    const all = Promise.allSettled([batcher.add(tenantId, 1), batcher.add(tenantId, 1)]);
    await batcher.flush();
    expect(await all).toEqual([
      { status: 'rejected', reason: outcome.failure },
      { status: 'rejected', reason: outcome.failure },
    ]);
    outcome.failure = null;
    await eventually(() => batcher.add(tenantId, 1).then(() => true));
  });
});
