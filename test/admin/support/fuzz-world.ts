import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { AdminClient } from '../../support/admin-client.ts';
import { configureSimulated } from '../../support/gateway-configs.ts';
import { TestGateway } from '../../support/gateway.ts';

/** Stands in every name of the tenant that is not the caller's. */
export const FOREIGN_MARK = 'foreignmark7f3a';

/** Ids by collection: `tenants`, `keys`, `budgets`, ... */
type Ids = Record<string, string>;

export interface FuzzWorld {
  gateway: TestGateway;
  tokens: { token: string; isTenants: boolean }[];
  own: Ids;
  foreign: Ids;
  platform: Ids;
  /** Texts that no answer may hold. */
  secrets: string[];
  /** Sealed credentials; the export alone shows them. */
  sealed: string[];
  /** Everything that a refused request must leave alone. */
  readState(): Promise<unknown>;
  /** The tenant that no tenant's caller has to do with. */
  readForeignTenant(): Promise<unknown>;
  stop(): Promise<void>;
}

const price = { inputUsdPerMTok: '1', outputUsdPerMTok: '2' };

async function createOwned(client: AdminClient, owner: string, name: string): Promise<Ids> {
  const apiKey = `sk-${randomBytes(16).toString('hex')}`;
  const provider = await client.create('/providers', {
    owner,
    name,
    kind: 'openai',
    baseUrl: 'http://127.0.0.1:9/v1',
    apiKey,
  });
  const model = await client.create('/models', {
    owner,
    name,
    deployments: [{ providerId: provider.id, upstreamModel: name }],
  });
  const action = { type: 'use-model', model: name };
  const rule = await client.create('/routing-rules', { owner, name, action });
  const row = { owner, providerKind: 'openai', upstreamModel: name, effectiveFrom: '2026-01-01', price };
  const dated = await client.create('/prices', row);
  return { providers: provider.id, models: model.id, 'routing-rules': rule.id, prices: dated.id, apiKey };
}

async function createBelow(client: AdminClient, path: string, name: string): Promise<Ids> {
  const policy = await client.create(`${path}/policies`, {
    name,
    detectors: [{ type: 'keyword', id: name, severity: 'low', keywords: [name] }],
  });
  const limit = await client.create(`${path}/rate-limits`, { metric: 'requests', limit: 100 });
  const budget = await client.create(`${path}/budgets`, { amountUsd: '5', period: 'day' });
  return { policies: policy.id, 'rate-limits': limit.id, budgets: budget.id };
}

async function createTenant(
  client: AdminClient,
  name: string,
): Promise<Ids & { token: string; viewer: string }> {
  const tenant = await client.create('/tenants', { name });
  const path = `/tenants/${tenant.id}`;
  const admin = { name, role: 'tenant-admin', tenantId: tenant.id };
  const { key: token } = await client.create('/admins', admin);
  // Another one than those who call: what is changed must not end the calls.
  const { id } = await client.create('/admins', admin);
  const { key: viewer } = await client.create('/admins', { ...admin, role: 'viewer' });
  const key = await client.create(`${path}/keys`, { name });
  const rows = {
    ...(await createOwned(client, tenant.id, name)),
    ...(await createBelow(client, path, name)),
  };
  return { ...rows, tenants: tenant.id, keys: key.id, secret: key.key, admins: id, token, viewer };
}

export async function createFuzzWorld(): Promise<FuzzWorld> {
  const encryptionKey = randomBytes(32).toString('base64');
  const gateway = await TestGateway.start({ config: configureSimulated(), encryptionKey });
  const client = new AdminClient(gateway, gateway.adminToken);
  const own = await createTenant(client, 'own');
  const foreign = await createTenant(client, FOREIGN_MARK);
  const platform: Ids = {
    ...(await createOwned(client, 'platform', 'shared')),
    ...(await createBelow(client, '', 'shared')),
  };
  const sealed = await gateway.query('SELECT api_key_sealed AS text FROM providers');
  const secrets = [own, foreign, platform].flatMap(({ apiKey, secret, token, viewer }) =>
    [apiKey, secret, token, viewer].filter((text) => text !== undefined),
  );
  const database = new pg.Client({ connectionString: gateway.database.url });
  await database.connect();
  return {
    gateway,
    own,
    foreign,
    platform,
    tokens: [
      { token: gateway.adminToken, isTenants: false },
      { token: own.token, isTenants: true },
      { token: own.viewer, isTenants: true },
    ],
    secrets: [...secrets, gateway.adminToken, encryptionKey],
    sealed: sealed.map(({ text }) => text as string | null).filter((text) => text !== null),
    readState: async () => (await database.query(STATE)).rows[0] as unknown,
    readForeignTenant: async () =>
      (await database.query('SELECT * FROM tenants WHERE id = $1', [foreign['tenants']])).rows[0] as unknown,
    stop: async () => {
      await database.end();
      await gateway.stop();
    },
  };
}

const STATE = `SELECT (SELECT version FROM config_state) AS version,
  (SELECT count(*) FROM audit_log) AS changes,
  (SELECT count(*) FROM idempotency_records) AS answers`;
