import { createHash, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { ManualClock } from '../common/clock.port.js';
import { createId } from '../common/ids.js';
import { buildDemoConfig } from '../config/declarative/demo-config.js';
import { loadDeclarativeConfig } from '../config/declarative/load-declarative-config.js';
import { ApiKeyEntity } from '../storage/database/entities/api-key.entity.js';
import { BudgetEntity } from '../storage/database/entities/budget.entity.js';
import { DeploymentEntity } from '../storage/database/entities/deployment.entity.js';
import { ModelEntity } from '../storage/database/entities/model.entity.js';
import { PolicyEntity } from '../storage/database/entities/policy.entity.js';
import { PriceEntity } from '../storage/database/entities/price.entity.js';
import { ProviderEntity } from '../storage/database/entities/provider.entity.js';
import { RateLimitEntity } from '../storage/database/entities/rate-limit.entity.js';
import { TenantEntity } from '../storage/database/entities/tenant.entity.js';
import { SecretBox } from '../storage/encryption/secret-box.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { applyDeclarativeConfig } from './apply-declarative-config.js';
import { ConfigSnapshotRepository } from './config-snapshot.repository.js';
import { ConfigStore } from './config-store.js';
import { DEFAULT_TIMEOUTS } from './defaults.js';
import { DeclarativeConflictError } from './declarative/declarative-conflict-error.js';
import { DeclarativeDatabase, listActions } from './declarative/apply.spec-support.js';
import { KeyDirectory } from './key-directory.js';
import { generateKey } from './key-format.js';

type Json = Record<string, unknown>;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const PRICE = { inputUsdPerMTok: '1.5', outputUsdPerMTok: '2' };
const PROVIDER = {
  name: 'main',
  kind: 'openai',
  apiKey: { env: 'PROVIDER_KEY' },
  timeouts: { idleMs: 5_000 },
};
const CHAT = { name: 'chat', deployments: [{ provider: 'main', upstreamModel: 'gpt', price: PRICE }] };
const ENV = { PROVIDER_KEY: 'sk-first' };

/** A key that is known by `text`. */
const describeKey = (name: string, text = name, others: Json = {}): Json => ({
  name,
  key: { sha256: sha256(text) },
  ...others,
});

/** One row of everything; members given replace its own, also of the tenant. */
function describeAll(changes: Json = {}, tenant: Json = {}): Json {
  const detectors = [{ type: 'keyword', id: 'word', severity: 'high', keywords: ['bluebird'] }];
  return {
    providers: [PROVIDER],
    models: [CHAT],
    prices: [{ providerKind: 'openai', upstreamModel: 'gpt', effectiveFrom: '2026-01-31', price: PRICE }],
    policies: [{ name: 'words', detectors, scope: { model: 'chat*' } }],
    rateLimits: [{ metric: 'concurrency', limit: 50 }],
    budgets: [{ amountUsd: '0.000000001', period: 'total' }],
    tenants: [
      {
        name: 'acme',
        keys: [
          describeKey('ci', 'ci', { tags: { team: 'a', app: 'b' }, allowedModels: ['chat'], user: 'u' }),
        ],
        providers: [{ name: 'own', kind: 'anthropic' }],
        models: [
          {
            name: 'own',
            deployments: [
              { provider: 'own', upstreamModel: 'claude' },
              { provider: 'main', upstreamModel: 'gpt' },
            ],
          },
        ],
        policies: [{ name: 'words', detectors, scope: { key: 'ci' } }],
        rateLimits: [{ metric: 'requests', limit: 5, scope: { key: 'ci', tag: 'team=a' } }],
        budgets: [
          { name: 'month', tokens: 900, period: 'month', timeZone: 'Europe/Berlin', alertPercents: [50, 90] },
        ],
        ...tenant,
      },
    ],
    ...changes,
  };
}

let db: DeclarativeDatabase;

beforeEach(async () => {
  db = await DeclarativeDatabase.open();
});

afterEach(async () => {
  await db.close();
});

const apply = (document: Json, env: Record<string, string> = ENV) => db.apply(document, { env });

function getTenant(name = 'acme'): Promise<TenantEntity> {
  return db.dataSource.getRepository(TenantEntity).findOneByOrFail({ name });
}

function getKey(name = 'ci'): Promise<ApiKeyEntity> {
  return db.dataSource.getRepository(ApiKeyEntity).findOneByOrFail({ name });
}

async function listConflicts(
  document: Json,
  managedBy: 'file' | 'demo' = 'file',
): Promise<readonly string[]> {
  const error: unknown = await db.apply(document, { env: ENV, managedBy }).catch((reason: unknown) => reason);
  if (!(error instanceof DeclarativeConflictError))
    throw new Error('There was no conflict', { cause: error });
  return error.problems;
}

describe('applyDeclarativeConfig', () => {
  it('writes every kind of row as the data plane reads it', async () => {
    await apply(describeAll());
    const repository = new ConfigSnapshotRepository(db.dataSource, db.secretBox, DEFAULT_TIMEOUTS);
    const snapshot = await repository.loadSnapshot();
    const { id: tenantId } = await getTenant();
    const { id: keyId } = await getKey();
    const providers = [...snapshot.providers.values()];
    const main = providers.find(({ name }) => name === 'main');
    expect(main).toMatchObject({
      owner: 'platform',
      apiKey: 'sk-first',
      baseUrl: 'https://api.openai.com/v1',
    });
    expect(main?.timeouts).toEqual({ ...DEFAULT_TIMEOUTS, idleMs: 5_000 });
    expect(snapshot.models.find(({ name }) => name === 'chat')).toMatchObject({
      owner: 'platform',
      deployments: [
        { providerId: main?.id, weight: 1, priority: 0, price: { inputNanoUsdPerMTok: 1_500_000_000n } },
      ],
    });
    const own = providers.find(({ name }) => name === 'own');
    expect(snapshot.models.find(({ name }) => name === 'own')).toMatchObject({
      owner: tenantId,
      deployments: [{ providerId: own?.id }, { providerId: main?.id }],
    });
    expect(snapshot.policies.map(({ owner, scope }) => [owner, scope])).toEqual(
      expect.arrayContaining([
        ['platform', { model: 'chat*' }],
        [tenantId, { keyId }],
      ]),
    );
    expect(snapshot.rateLimits).toContainEqual(
      expect.objectContaining({
        owner: tenantId,
        limit: 5,
        windowSeconds: 60,
        scope: { keyId, tag: 'team=a' },
      }),
    );
    expect(snapshot.budgets).toContainEqual(
      expect.objectContaining({ owner: 'platform', amountNanoUsd: 1n }),
    );
    expect(snapshot.budgets).toContainEqual(
      expect.objectContaining({
        owner: tenantId,
        amountTokens: 900,
        timeZone: 'Europe/Berlin',
        alertPercents: [50, 90],
      }),
    );
    expect(snapshot.prices).toEqual([
      expect.objectContaining({ upstreamModel: 'gpt', effectiveFrom: '2026-01-31' }),
    ]);
    expect(await new ApiKeyRepository(db.dataSource).findByHash(sha256('ci'))).toMatchObject({
      key: {
        id: keyId,
        tenantId,
        allowedModels: ['chat'],
        tags: { team: 'a', app: 'b' },
        user: 'u',
        status: 'active',
      },
    });
  });

  it('writes nothing when the file has not changed', async () => {
    await apply(describeAll());
    const [version, before] = [await db.version(), await db.dump()];
    expect(listActions(await apply(describeAll()))).toEqual([]);
    expect(await db.version()).toBe(version);
    expect(await db.dump()).toEqual(before);
  });

  it('writes nothing when the example file is applied again', async () => {
    const env = {
      OPENAI_API_KEY: 'a',
      ANTHROPIC_API_KEY: 'b',
      ACME_APP_KEY: generateKey('tpk_'),
      ACME_CI_KEY: generateKey('tpk_'),
    };
    const config = await loadDeclarativeConfig('config/gateway.example.yaml', env);
    await applyDeclarativeConfig(db.dataSource, db.secretBox, { config, managedBy: 'file' });
    const version = await db.version();
    await applyDeclarativeConfig(db.dataSource, db.secretBox, { config, managedBy: 'file' });
    expect(await db.version()).toBe(version);
  });

  it('changes only the row that changed, keeps its id and raises its revision', async () => {
    await apply(describeAll());
    const before = await db.dump();
    const changed = describeAll({ rateLimits: [{ metric: 'concurrency', limit: 51 }] });
    expect(listActions(await apply(changed))).toEqual(['update rateLimits/auto:concurrency']);
    const { rate_limits: limits = [], ...others } = await db.dump();
    const { rate_limits: limitsBefore = [], ...othersBefore } = before;
    expect(others).toEqual(othersBefore);
    expect(limits.map(({ id }) => id as string)).toEqual(limitsBefore.map(({ id }) => id as string));
    expect(limits.find(({ owner }) => owner === 'platform')).toMatchObject({ limit: 51, revision: 2 });
  });

  it('tells the data plane of a change through the feed', async () => {
    await apply(describeAll());
    const version = await db.version();
    await apply(describeAll({}, { cache: { mode: 'off' } }));
    const repository = new ConfigSnapshotRepository(db.dataSource, db.secretBox, DEFAULT_TIMEOUTS);
    const { id } = await getTenant();
    expect(await repository.listChangesSince(version)).toEqual([
      { version: version + 1, kind: 'tenant', entityId: id },
    ]);
  });

  it('goes on counting an unnamed limit when others are written before it or its amount changes', async () => {
    const limit = { metric: 'tokens', limit: 100, scope: { model: 'chat' } };
    await apply(describeAll({}, { rateLimits: [limit] }));
    const find = () =>
      db.dataSource.getRepository(RateLimitEntity).findOneByOrFail({ metric: 'tokens', windowSeconds: 60 });
    const { id } = await find();
    const others = [
      { metric: 'requests', limit: 1 },
      { metric: 'tokens', limit: 1, windowSeconds: 1 },
    ];
    await apply(describeAll({}, { rateLimits: [...others, { ...limit, limit: 200 }] }));
    expect(await find()).toMatchObject({ id, limit: 200, enabled: true });
  });

  it('tells unnamed rows of the same content apart by their order', async () => {
    const budgets = [5, 6].map((tokens) => ({ tokens, period: 'day' }));
    await apply(describeAll({ budgets }));
    const version = await db.version();
    await apply(describeAll({ budgets }));
    expect(await db.version()).toBe(version);
    expect(await db.dataSource.getRepository(BudgetEntity).countBy({ owner: 'platform' })).toBe(2);
  });

  describe('deployments', () => {
    const deploy = (...upstreamModels: string[]) =>
      describeAll({
        models: [
          {
            name: 'chat',
            deployments: upstreamModels.map((upstreamModel) => ({ provider: 'main', upstreamModel })),
          },
        ],
      });
    const list = async () => {
      const { id } = await db.dataSource.getRepository(ModelEntity).findOneByOrFail({ name: 'chat' });
      return db.dataSource
        .getRepository(DeploymentEntity)
        .find({ where: { modelId: id }, order: { position: 'ASC' } });
    };

    it('keep their ids when the order changes, and when others come and go', async () => {
      await apply(deploy('a', 'b', 'a'));
      const [first, second, third] = (await list()).map(({ id }) => id);
      await apply(deploy('new', 'a', 'a', 'b'));
      const ids = (await list()).map(({ id }) => id);
      expect(ids.slice(1)).toEqual([first, third, second]);
      await apply(deploy('b'));
      expect((await list()).map(({ id }) => id)).toEqual([second]);
    });

    it('raise the revision of their model, so that who read it before is told', async () => {
      await apply(deploy('a'));
      const models = db.dataSource.getRepository(ModelEntity);
      expect(await models.findOneByOrFail({ name: 'chat' })).toMatchObject({ revision: 1 });
      await apply(deploy('a', 'b'));
      expect(await models.findOneByOrFail({ name: 'chat' })).toMatchObject({ revision: 2 });
    });
  });

  describe('what has left the file', () => {
    it('is switched off, not deleted', async () => {
      await apply(describeAll());
      const ids = (rows: Record<string, { id?: unknown }[]>) =>
        Object.entries(rows).flatMap(([table, list]) => (table === 'prices' ? [] : list.map(({ id }) => id)));
      const before = ids(await db.dump());
      await apply({ tenants: [] });
      expect(ids(await db.dump())).toEqual(before);
      expect(await getTenant()).toMatchObject({ status: 'suspended' });
      expect(await getKey()).toMatchObject({ status: 'revoked', revokedAt: expect.any(Date) });
      for (const entity of [ProviderEntity, ModelEntity, PolicyEntity, RateLimitEntity, BudgetEntity]) {
        expect(await db.dataSource.getRepository(entity).countBy({ enabled: true })).toBe(0);
      }
      expect(await db.dataSource.getRepository(PriceEntity).count()).toBe(0);
    });

    it('stays as it is while it is away', async () => {
      await apply(describeAll());
      await apply({ tenants: [] });
      const [version, before] = [await db.version(), await db.dump()];
      expect(listActions(await apply({ tenants: [] }))).toEqual([]);
      expect(await db.version()).toBe(version);
      expect(await db.dump()).toEqual(before);
    });

    it('comes back under the same ids', async () => {
      await apply(describeAll({ prices: [] }));
      const before = await db.dump();
      await apply({ tenants: [] });
      await apply(describeAll({ prices: [] }));
      const strip = (rows: typeof before) =>
        Object.values(rows).flatMap((list) => list.map(({ revision: _, updatedAt: __, ...row }) => row));
      expect(strip(await db.dump())).toEqual(strip(before));
    });

    it('does not wake a tenant that was archived', async () => {
      await apply(describeAll());
      const { id } = await getTenant();
      await db.dataSource.getRepository(TenantEntity).update(id, { status: 'archived' });
      await apply({ tenants: [] });
      expect(await getTenant()).toMatchObject({ status: 'archived' });
    });
  });

  describe('provider credentials', () => {
    const find = () => db.dataSource.getRepository(ProviderEntity).findOneByOrFail({ name: 'main' });
    const open = ({ id, apiKeySealed }: ProviderEntity, box = db.secretBox) =>
      box.open(apiKeySealed ?? '', { table: 'providers', row: id, column: 'api_key_sealed' });

    it('are stored sealed, and sealed anew only when they change', async () => {
      await apply(describeAll());
      const { apiKeySealed } = await find();
      expect(apiKeySealed).toMatch(/^v1:/);
      await apply(describeAll({ prices: [] }));
      expect((await find()).apiKeySealed).toBe(apiKeySealed);
      const plan = await apply(describeAll({ prices: [] }), { PROVIDER_KEY: 'sk-second' });
      expect(plan.providers.flatMap(({ fields }) => fields)).toEqual(['apiKeySealed']);
      expect(open(await find())).toBe('sk-second');
    });

    it('stand in no plan, so that plans can be shown', async () => {
      const secrets = { PROVIDER_KEY: 'sk-first', CI_KEY: generateKey('tpk_') };
      const plan = await apply(describeAll({}, { keys: [{ name: 'ci', key: { env: 'CI_KEY' } }] }), secrets);
      const shown = inspect(plan, { depth: null });
      for (const secret of Object.values(secrets)) expect(shown).not.toContain(secret);
      expect(shown).toContain('apiKeySealed');
    });

    it('are taken away when the file has none', async () => {
      await apply(describeAll());
      await apply(describeAll({ providers: [{ ...PROVIDER, apiKey: undefined }] }));
      expect(await find()).toMatchObject({ apiKeySealed: null });
    });

    it('are sealed anew when the key that sealed them is gone', async () => {
      await apply(describeAll());
      const secretBox = new SecretBox([randomBytes(32)]);
      await db.apply(describeAll(), { env: ENV, secretBox });
      expect(open(await find(), secretBox)).toBe('sk-first');
    });
  });

  describe('keys', () => {
    const keys = (...list: Json[]) => describeAll({}, { keys: list, policies: [], rateLimits: [] });

    it('keep their id when their secret is replaced', async () => {
      await apply(keys(describeKey('ci', 'old')));
      const { id } = await getKey();
      await apply(keys(describeKey('ci', 'new')));
      expect(await getKey()).toMatchObject({ id, hash: sha256('new'), status: 'active' });
    });

    it('stop working under the replaced secret in a process that knew it', async () => {
      const clock = new ManualClock(1);
      const directory = new KeyDirectory(new ApiKeyRepository(db.dataSource), clock);
      const snapshots = new ConfigSnapshotRepository(db.dataSource, db.secretBox, DEFAULT_TIMEOUTS);
      const store = new ConfigStore(snapshots, directory, clock);
      await apply(keys(describeKey('ci', 'old')));
      await store.load();
      expect(await directory.lookUp(sha256('old'), '::1')).toMatchObject({ name: 'ci' });
      await apply(keys(describeKey('ci', 'new')));
      await store.refresh();
      expect(directory.findCached(sha256('old'))).toBeUndefined();
      expect(await directory.lookUp(sha256('old'), '::1')).toBeNull();
      expect(await directory.lookUp(sha256('new'), '::1')).toMatchObject({ name: 'ci' });
    });

    it('can be renamed, swapped and moved to another tenant', async () => {
      const find = async (text: string) => {
        const { key } = (await new ApiKeyRepository(db.dataSource).findByHash(sha256(text))) ?? {};
        return key === undefined ? null : `${key.tenantId} ${key.name} ${key.status}`;
      };
      await apply(keys(describeKey('a', 'x'), describeKey('b', 'y')));
      const { id: acme } = await getTenant();
      await apply(keys(describeKey('a', 'y'), describeKey('b', 'x')));
      expect(await find('x')).toBe(`${acme} b active`);
      await apply(keys(describeKey('renamed', 'x'), describeKey('a', 'y')));
      expect(await find('x')).toBe(`${acme} renamed active`);
      await apply(describeAll({ tenants: [{ name: 'other', keys: [describeKey('a', 'x')] }] }));
      const { id: other } = await getTenant('other');
      expect(await find('x')).toBe(`${other} a active`);
      const version = await db.version();
      await apply(describeAll({ tenants: [{ name: 'other', keys: [describeKey('a', 'x')] }] }));
      expect(await db.version()).toBe(version);
    });

    it('show their beginning where the file gives their text, also when it later gives only the hash', async () => {
      const text = generateKey('tpk_');
      await apply(keys({ name: 'ci', key: { env: 'CI_KEY' } }), { ...ENV, CI_KEY: text });
      expect(await getKey()).toMatchObject({ prefix: text.slice(0, 12) });
      await apply(keys(describeKey('ci', text)));
      expect(await getKey()).toMatchObject({ prefix: text.slice(0, 12) });
    });
  });

  describe('beside the API', () => {
    const save = async <Row extends object>(entity: new () => Row, values: Partial<Row>): Promise<void> => {
      await db.dataSource
        .getRepository(entity)
        .save(Object.assign(new entity(), { id: createId(), managedBy: 'api', ...values }));
    };

    it('names every row that the API manages under a name of the file, and writes nothing', async () => {
      const tenantId = createId();
      await save(TenantEntity, { id: tenantId, name: 'acme' });
      await save(ApiKeyEntity, { tenantId, name: 'ci', prefix: 'tpk_', hash: 'h1' });
      await save(ProviderEntity, { owner: 'platform', name: 'main', kind: 'openai', baseUrl: 'https://x' });
      await save(ModelEntity, { owner: tenantId, name: 'own' });
      await save(PolicyEntity, { owner: 'platform', name: 'words', actions: {} as never });
      const before = await db.dump();
      expect(await listConflicts(describeAll())).toEqual(
        [
          'tenants/acme',
          'tenants/acme/keys/ci',
          'providers/main',
          'tenants/acme/models/own',
          'policies/words',
        ].map((label) => `${label} exists already and is managed through the API`),
      );
      expect(await db.dump()).toEqual(before);
    });

    it('names a row that the API makes while the file is applied', async () => {
      const other = db.dataSource.createQueryRunner();
      await other.startTransaction();
      const row = { owner: 'platform', name: 'main', kind: 'openai' as const, baseUrl: 'https://x' };
      await other.manager.insert(ProviderEntity, { id: createId(), ...row });
      const conflicts = listConflicts(describeAll());
      const isWaiting = 'SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted) AS waits';
      const hasToWait = async (): Promise<boolean> =>
        (await db.dataSource.query<{ waits: boolean }[]>(isWaiting))[0]?.waits === true;
      const deadlineMs = performance.now() + 10_000;
      while (!(await hasToWait()) && performance.now() < deadlineMs);
      await other.commitTransaction();
      await other.release();
      expect(await conflicts).toEqual(['providers/main exists already and is managed through the API']);
    });

    it('refuses a secret that a key of the API has', async () => {
      const tenantId = createId();
      await save(TenantEntity, { id: tenantId, name: 'other' });
      await save(ApiKeyEntity, { tenantId, name: 'x', prefix: 'tpk_', hash: sha256('ci') });
      expect(await listConflicts(describeAll())).toEqual([
        expect.stringContaining('tenants/acme/keys/ci has the secret'),
      ]);
    });

    it('takes no offence at a revoked key of the same name', async () => {
      await apply(describeAll({}, { keys: [], policies: [], rateLimits: [] }));
      const { id: tenantId } = await getTenant();
      await save(ApiKeyEntity, { tenantId, name: 'ci', prefix: 'tpk_', hash: 'h1', status: 'revoked' });
      await apply(describeAll());
      expect(await db.dataSource.getRepository(ApiKeyEntity).countBy({ name: 'ci', status: 'active' })).toBe(
        1,
      );
    });

    it('leaves rows of other names alone, also in its own tenants', async () => {
      await apply(describeAll());
      const { id: tenantId } = await getTenant();
      await save(ApiKeyEntity, { tenantId, name: 'api', prefix: 'tpk_', hash: 'h1' });
      await save(RateLimitEntity, { owner: tenantId, name: null, metric: 'requests', limit: 1, scope: {} });
      await save(ModelEntity, { owner: 'platform', name: 'api' });
      await apply(describeAll({}, { name: 'renamed' }));
      expect(await db.dataSource.getRepository(ApiKeyEntity).findOneBy({ name: 'api' })).toMatchObject({
        status: 'active',
      });
      expect(
        await db.dataSource.getRepository(RateLimitEntity).countBy({ managedBy: 'api', enabled: true }),
      ).toBe(1);
      expect(await db.dataSource.getRepository(ModelEntity).findOneBy({ name: 'api' })).toMatchObject({
        enabled: true,
      });
    });

    it('takes models of the API for existing, and refuses names that lead nowhere', async () => {
      await save(ModelEntity, { owner: 'platform', name: 'api-model' });
      await save(ModelEntity, { owner: 'platform', name: 'off', enabled: false });
      const rows = {
        keys: [describeKey('ci', 'ci', { allowedModels: ['api-model', 'own', 'later-*', 'gone'] })],
        rateLimits: [{ metric: 'requests', limit: 5, scope: { model: 'off' } }],
      };
      const policies = [
        { name: 'p', detectors: [{ type: 'email', id: 'm', severity: 'low' }], scope: { model: 'own' } },
      ];
      const budgets = [{ name: 'b', tokens: 1, period: 'day', scope: { model: 'none' } }];
      expect(await listConflicts(describeAll({ policies, budgets }, rows))).toEqual([
        'budgets/b: there is no model none',
        'tenants/acme/rateLimits/0: there is no model off',
        'tenants/acme/keys/ci: there is no model gone that it could be allowed',
      ]);
    });
  });

  it('ends in one state when processes apply at the same time', async () => {
    const others = await Promise.all([db.connect(), db.connect(), db.connect()]);
    try {
      const plans = await Promise.all(
        [db.dataSource, ...others].map((dataSource) => db.apply(describeAll(), { env: ENV, dataSource })),
      );
      expect(plans.map((plan) => listActions(plan).length > 0).sort()).toEqual([false, false, false, true]);
      const rows = await db.dump();
      expect([rows.tenants?.length, rows.api_keys?.length, rows.models?.length]).toEqual([1, 1, 2]);
    } finally {
      await Promise.all(others.map((dataSource) => dataSource.destroy()));
    }
  });

  it('writes all or nothing', async () => {
    await db.dataSource.query('ALTER TABLE budgets ADD CONSTRAINT test_refusal CHECK (amount_tokens <> 900)');
    await expect(apply(describeAll())).rejects.toThrow('test_refusal');
    expect(await db.version()).toBe(1);
    expect((await db.dump()).tenants).toEqual([]);
  });

  it('applies a file with thousands of rows in one go', async () => {
    const tenants = Array.from({ length: 700 }, (_, index) => ({
      name: `t${index}`,
      keys: [describeKey('k', `k${index}`)],
    }));
    await apply({ tenants });
    expect(await db.dataSource.getRepository(ApiKeyEntity).count()).toBe(700);
    const version = await db.version();
    await apply({ tenants });
    expect(await db.version()).toBe(version);
  });

  describe('the demo', () => {
    const applyDemo = (text = 'demo') =>
      applyDeclarativeConfig(db.dataSource, db.secretBox, {
        config: buildDemoConfig(sha256(text)),
        managedBy: 'demo',
      });

    it('is a tenant with one key and models of the built-in provider', async () => {
      await applyDemo();
      expect(await getTenant('demo')).toMatchObject({
        status: 'active',
        managedBy: 'demo',
        cacheMode: 'deterministic',
      });
      expect(await getKey('demo')).toMatchObject({ hash: sha256('demo'), status: 'active' });
      const models = await db.dataSource
        .getRepository(ModelEntity)
        .findBy({ enabled: true, owner: 'platform' });
      expect(models.map(({ name }) => name)).toContain('simulated-1');
    });

    it('writes nothing the second time', async () => {
      await applyDemo();
      const version = await db.version();
      await applyDemo();
      expect(await db.version()).toBe(version);
    });

    it('switches nothing off that is not its own', async () => {
      await apply(describeAll());
      await applyDemo();
      expect(await getTenant()).toMatchObject({ status: 'active' });
      expect(await getKey()).toMatchObject({ status: 'active' });
      expect(
        await db.dataSource.getRepository(ProviderEntity).countBy({ enabled: true, managedBy: 'file' }),
      ).toBe(2);
    });

    it('ends when a file is applied, and its names are free for the file', async () => {
      await applyDemo();
      const { id } = await db.dataSource.getRepository(ProviderEntity).findOneByOrFail({ name: 'simulated' });
      await apply(
        describeAll({
          providers: [PROVIDER, { name: 'simulated', kind: 'simulated', settings: { tps: 5 } }],
        }),
      );
      expect(await getTenant('demo')).toMatchObject({ status: 'suspended' });
      expect(await getKey('demo')).toMatchObject({ status: 'revoked' });
      const provider = await db.dataSource
        .getRepository(ProviderEntity)
        .findOneByOrFail({ name: 'simulated' });
      expect(provider).toMatchObject({ id, managedBy: 'file', enabled: true, settings: { tps: 5 } });
    });

    it('comes back when the file is gone', async () => {
      await applyDemo();
      await apply(describeAll());
      await applyDemo();
      expect(await getTenant('demo')).toMatchObject({ status: 'active' });
      expect(await getKey('demo')).toMatchObject({ status: 'active', revokedAt: null });
    });
  });
});
