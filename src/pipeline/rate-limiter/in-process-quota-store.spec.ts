import { createId, type TenantId } from '../../common/ids.js';
import { InProcessQuotaStore } from './in-process-quota-store.js';
import { describeQuotaStoreContract } from './testing/quota-store.contract.js';
import { QuotaSubjectUnderTest, requests, slots } from './testing/quota-subject.js';

describeQuotaStoreContract('InProcessQuotaStore', { create: () => new InProcessQuotaStore(), runs: 1_000 });

describe('InProcessQuotaStore', () => {
  it('answers at once', () => {
    const result = new InProcessQuotaStore().reserve({
      tenantId: createId<TenantId>(),
      reservationId: 'a',
      nowMs: 0,
      entries: [requests(1)],
      leaseMs: 1,
      cacheKey: null,
      fallback: 'local',
    });
    expect(result).toMatchObject({ outcome: 'reserved' });
  });

  it('remembers no reservation that holds nothing', async () => {
    const store = new InProcessQuotaStore();
    await new QuotaSubjectUnderTest(store).reserve('nothing', []);
    expect(store.size.reservations).toBe(0);
  });

  it('forgets idle counters, ended leases and settled reservations', async () => {
    const store = new InProcessQuotaStore();
    for (let index = 0; index < 500; index += 1) {
      const subject = new QuotaSubjectUnderTest(store);
      await subject.reserve(`r${index}`, [requests(10), slots(10)]);
      if (index % 2 === 0) await subject.settle(`r${index}`, [1n, 0n]);
    }
    const last = new QuotaSubjectUnderTest(store);
    last.nowMs += 10_000_000;
    for (let index = 0; index < 1_200; index += 1) {
      await last.reserve('x', [requests(10), slots(10)]);
      await last.settle('x', [0n, 0n]);
    }
    expect(store.size).toEqual({ counters: 2, reservations: 0 });
  });
});
