import { AdminClient } from '../../support/admin-client.ts';
import { eventually } from '../../support/eventually.ts';
import type { TestGateway } from '../../support/gateway.ts';

/** What can be named of a tenant, by the parts of paths and the members of bodies and queries. */
export interface Names {
  tenantId: string;
  /** Stands in the name of everything of this tenant. */
  mark: string;
  /** Collection -> id of a row of this tenant. */
  rows: Record<string, string>;
  /** Id of a request of this tenant. */
  requestId: string;
}

export interface Side extends Names {
  admin: AdminClient;
  viewer: AdminClient;
  key: string;
}

const NO_ID = '019a0000-0000-7000-8000-00000000000';

/** What does not exist. */
export const NOBODY: Names = {
  tenantId: `${NO_ID}0`,
  mark: 'nobody',
  rows: new Proxy({}, { get: () => `${NO_ID}1` }),
  requestId: `${NO_ID}2`,
};

/** A tenant with a row in every collection, its own people, and a request that was answered. */
export async function createSide(gateway: TestGateway, platform: AdminClient, mark: string): Promise<Side> {
  const tenant = await platform.create('/tenants', { name: mark });
  const [admin, viewer] = (await Promise.all(
    ['tenant-admin', 'viewer'].map(async (role) => {
      const made = await platform.create('/admins', { name: `${mark} ${role}`, role, tenantId: tenant.id });
      return new AdminClient(gateway, made.key);
    }),
  )) as [AdminClient, AdminClient];
  const below = `/tenants/${tenant.id}`;
  const key = await admin.create(`${below}/keys`, { name: mark });
  const made = {
    keys: key,
    ...(await createBelow(admin, below, mark)),
    ...(await createShared(admin, mark)),
  };
  const answer = await eventually(async () => {
    const sent = await gateway.chat({ model: `${mark}-model` }, { authorization: `Bearer ${key.key}` });
    return sent.status === 200 ? sent : null;
  });
  const rows = Object.entries(made).map(([collection, row]) => [collection, row.id]);
  return {
    tenantId: tenant.id,
    mark,
    admin,
    viewer,
    key: key.key,
    rows: Object.fromEntries(rows),
    requestId: answer.headers.get('request-id') ?? '',
  };
}

async function createBelow(admin: AdminClient, below: string, mark: string): Promise<Record<string, any>> {
  const detectors = [{ type: 'email', id: 'e', severity: 'low' }];
  return {
    policies: await admin.create(`${below}/policies`, { name: mark, detectors }),
    'rate-limits': await admin.create(`${below}/rate-limits`, { metric: 'requests', limit: 1_000 }),
    budgets: await admin.create(`${below}/budgets`, { tokens: 1_000_000, period: 'day' }),
  };
}

/** Its model is unpriced until the price that is made with it begins. */
async function createShared(admin: AdminClient, mark: string): Promise<Record<string, any>> {
  const provider = await admin.create('/providers', {
    name: `${mark}-own`,
    kind: 'simulated',
    baseUrl: 'http://simulated.invalid',
  });
  return {
    providers: provider,
    models: await admin.create('/models', {
      name: `${mark}-model`,
      deployments: [{ providerId: provider.id, upstreamModel: `${mark}-upstream` }],
    }),
    prices: await admin.create('/prices', {
      providerKind: 'simulated',
      upstreamModel: `${mark}-upstream`,
      effectiveFrom: '2999-01-01',
      price: { inputUsdPerMTok: '1', outputUsdPerMTok: '1' },
    }),
    'routing-rules': await admin.create('/routing-rules', {
      name: mark,
      conditions: { tag: 'never=here' },
      action: { type: 'use-model', model: `${mark}-model` },
    }),
  };
}
