import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import pg from 'pg';
import { PgSqlClient } from '../../src/storage/database/pg-sql-client.ts';
import { insertUsage } from '../../src/support/monitor/insert-usage.ts';
import { createUsageEvent } from '../../src/support/monitor/ledger.spec-support.ts';
import type { UsageEvent } from '../../src/support/monitor/usage-event.ts';
import { encodeUsageEvent } from '../../src/support/monitor/usage-record.ts';
import { UsageRepository } from '../../src/support/monitor/usage.repository.ts';
import { AdminClient } from '../support/admin-client.ts';
import { eventually } from '../support/eventually.ts';
import { TestGateway } from '../support/gateway.ts';

const FROM_MS = Date.UTC(2026, 0, 1);
const RANGE = 'from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z';

describe('the export of the ledger', () => {
  let gateway: TestGateway;
  let pool: pg.Pool;

  beforeAll(async () => {
    gateway = await TestGateway.start({ config: {} });
    pool = new pg.Pool({ connectionString: gateway.database.url, max: 2 });
  });
  afterAll(async () => {
    await pool.end();
    await gateway.stop();
  });

  async function insert(tenantId: string, changes: Partial<UsageEvent>[]): Promise<UsageEvent[]> {
    const events = changes.map((change, n) =>
      createUsageEvent({ tenantId, startedAtMs: FROM_MS + n * 60_000, ...change }),
    );
    const sql = new PgSqlClient(pool);
    for (let n = 0; n < events.length; n += 1_000)
      await insertUsage(sql, events.slice(n, n + 1_000).map(encodeUsageEvent), () => undefined);
    return events;
  }

  const open = (query: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${gateway.adminUrl}/admin/v1/usage/export?${query}`, {
      ...init,
      headers: { authorization: `Bearer ${gateway.adminToken}` },
    });

  it('gives every row of the range once, one JSON object a line, oldest first', async () => {
    const tenantId = randomUUID();
    const events = await insert(
      tenantId,
      Array.from({ length: 2_300 }, (_, n) => ({ user: `u${n}` })),
    );
    await insert(tenantId, [{ startedAtMs: FROM_MS - 1 }]);
    const response = await open(`${RANGE}&tenantId=${tenantId}`);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await response.text()).trimEnd().split('\n');
    const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    const { startedAtMs, ...first } = events[0] as UsageEvent;
    expect(rows[0]).toEqual({
      ...first,
      startedAt: new Date(startedAtMs).toISOString(),
      costUsd: '0.000123456',
    });
  });

  it('writes CSV that no spreadsheet takes for formulas', async () => {
    const tenantId = randomUUID();
    await insert(tenantId, [
      { user: '=cmd|"x"', tags: { team: 'a"b' } },
      { user: '-2+3', costNanoUsd: null },
    ]);
    const response = await open(`${RANGE}&tenantId=${tenantId}&format=csv`);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const [header, first, second, end] = (await response.text()).split('\r\n');
    expect(header).toMatch(/^startedAt,id,tenantId,keyId,user,tags,/);
    expect(first).toContain(`,"'=cmd|""x""","{""team"":""a\\""b""}",openai-chat,`);
    expect(second).toContain(`,'-2+3,{},openai-chat,`);
    expect(end).toBe('');
  });

  it('shows an administrator of a tenant only the rows of that tenant', async () => {
    const root = new AdminClient(gateway, gateway.adminToken);
    const tenant = await root.create('/tenants', { name: `t-${randomUUID()}` });
    const member = await root.create('/admins', {
      name: `m-${randomUUID()}`,
      role: 'viewer',
      tenantId: tenant.id,
    });
    const foreign = randomUUID();
    const [own] = await insert(tenant.id, [{}]);
    await insert(foreign, [{}]);
    const admin = new AdminClient(gateway, member.key);
    const { text } = await admin.get(`/usage/export?${RANGE}`);
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string }).id),
    ).toEqual([own?.id]);
    expect((await admin.get(`/usage/export?${RANGE}&tenantId=${foreign}`)).status).toBe(404);
  });

  it('refuses an unknown field and a range that ends before it begins', async () => {
    expect((await open('groupBy=key')).status).toBe(400);
    expect((await open('from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z')).status).toBe(400);
  });

  it('reads no faster than the client, and stops when the client leaves', async () => {
    const tenantId = randomUUID();
    const rows = 20_000;
    await insert(
      tenantId,
      Array.from({ length: rows }, () => ({ user: 'u'.repeat(250) })),
    );
    const usage = gateway.app.get(UsageRepository, { strict: false });
    let [read, hasEnded] = [0, false];
    const spy = jest.spyOn(usage, 'exportLedger').mockImplementation(async function* (query) {
      try {
        for await (const row of UsageRepository.prototype.exportLedger.call(usage, query)) {
          read++;
          yield row;
        }
      } finally {
        hasEnded = true;
      }
    });
    const leaving = new AbortController();
    const response = await open(`${RANGE}&tenantId=${tenantId}`, { signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    await eventually(() => Promise.resolve(hasEnded ? true : null));
    spy.mockRestore();
    expect(read).toBeLessThan(rows);
  });
});
