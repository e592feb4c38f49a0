import { createId, type TenantId } from '../../../common/ids.js';
import { eventually } from '../testing/eventually.js';
import type { Settlement } from './render-quota-args.js';
import { SettlementBatcher } from './settlement-batcher.js';

function setUp() {
  const sent: number[] = [];
  const outcome = { failure: null as Error | null };
  const batcher = new SettlementBatcher((_tenantId, batch) => {
    sent.push(batch.length);
    return outcome.failure === null ? Promise.resolve() : Promise.reject(outcome.failure);
  });
  const settlementOf = (tenantId: TenantId) => ({ request: { tenantId }, agoMs: 0 }) as unknown as Settlement;
  return { sent, outcome, batcher, settlementOf };
}

describe('SettlementBatcher', () => {
  it("sends a tenant's settlements together and tenants apart, by itself", async () => {
    const { sent, batcher, settlementOf } = setUp();
    const [one, other] = [createId<TenantId>(), createId<TenantId>()];
    const all = [one, other, one, one].map((tenantId) => batcher.add(settlementOf(tenantId)));
    await Promise.all(all);
    expect(sent).toEqual([3, 1]);
  });

  it('does not wait with a batch that is full', async () => {
    const { sent, batcher, settlementOf } = setUp();
    const tenantId = createId<TenantId>();
    const all = Array.from({ length: 120 }, () => batcher.add(settlementOf(tenantId)));
    expect(sent).toEqual([50, 50]);
    await batcher.flush();
    await Promise.all(all);
    expect(sent).toEqual([50, 50, 20]);
  });

  it('tells everybody in a batch that it failed, and flushes without failing', async () => {
    const { outcome, batcher, settlementOf } = setUp();
    outcome.failure = new Error('Redis is gone');
    const tenantId = createId<TenantId>();
    const all = Promise.allSettled([
      batcher.add(settlementOf(tenantId)),
      batcher.add(settlementOf(tenantId)),
    ]);
    await batcher.flush();
    expect(await all).toEqual([
      { status: 'rejected', reason: outcome.failure },
      { status: 'rejected', reason: outcome.failure },
    ]);
    outcome.failure = null;
    await eventually(() => batcher.add(settlementOf(tenantId)).then(() => true));
  });
});
