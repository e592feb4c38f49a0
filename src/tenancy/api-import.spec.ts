import { hash } from 'node:crypto';
import { describeDocument, describeTenant } from '../config/declarative/declarative.spec-support.js';
import { createId } from '../common/ids.js';
import { ModelEntity } from '../storage/database/entities/model.entity.js';
import { RateLimitEntity } from '../storage/database/entities/rate-limit.entity.js';
import { RoutingRuleEntity } from '../storage/database/entities/routing-rule.entity.js';
import { TenantEntity } from '../storage/database/entities/tenant.entity.js';
import { DeclarativeDatabase, listActions } from './declarative/apply.spec-support.js';
import { exportDeclarativeConfig } from './export-declarative-config.js';

let database: DeclarativeDatabase;

beforeEach(async () => {
  database = await DeclarativeDatabase.open();
});

afterEach(() => database.close());

const key = (name: string) => ({ name, key: { sha256: hash('sha256', name, 'hex') } });
const find = <Row extends object>(entity: new () => Row): Promise<Row[]> =>
  database.dataSource.getRepository(entity).find();
const exported = () => exportDeclarativeConfig(database.dataSource, database.secretBox);

describe('an import through the API', () => {
  it('makes rows of the API, finds them again, and disables nothing that it does not name', async () => {
    const limits = [
      { metric: 'requests', limit: 5 },
      { metric: 'requests', limit: 6, windowSeconds: 1 },
    ];
    const document = describeTenant({ keys: [key('ci')], rateLimits: limits });
    await database.apply(document, { managedBy: 'api' });
    const before = await database.dump();
    expect(listActions(await database.apply(document, { managedBy: 'api' }))).toEqual([]);
    expect(listActions(await database.apply(describeDocument(), { managedBy: 'api' }))).toEqual([]);
    expect(await database.dump()).toEqual(before);
    const rows = await find(RateLimitEntity);
    expect(rows.map(({ name, managedBy }) => [name, managedBy])).toEqual([
      [null, 'api'],
      [null, 'api'],
    ]);
  });

  it('recognises a limit without a name by what it limits, and changes its amount', async () => {
    const describeLimit = (limit: number) =>
      describeTenant({ keys: [key('ci')], rateLimits: [{ scope: { key: 'ci' }, metric: 'tokens', limit }] });
    await database.apply(describeLimit(5), { managedBy: 'api' });
    const [before] = await find(RateLimitEntity);
    const plan = await database.apply(describeLimit(7), { managedBy: 'api' });
    expect(plan.rateLimits).toMatchObject([{ action: 'update', id: before?.id, fields: ['limit'] }]);
  });

  it('takes a row of the demo over when it changes it, and the demo leaves it alone then', async () => {
    await database.apply(describeDocument(), { managedBy: 'demo' });
    expect(listActions(await database.apply(describeDocument(), { managedBy: 'api' }))).toEqual([]);
    const deployments = [{ provider: 'main', upstreamModel: 'gpt', weight: 3 }];
    const document = describeDocument({ models: [{ name: 'chat', deployments }] });
    await database.apply(document, { managedBy: 'api' });
    expect(await find(ModelEntity)).toMatchObject([{ managedBy: 'api' }]);
    expect(listActions(await database.apply(describeDocument(), { managedBy: 'demo' }))).toEqual([]);
  });

  it('lets rows of the file stand as they are, and refuses to change them', async () => {
    await database.apply(describeTenant({ keys: [key('ci')] }));
    const document = await exported();
    expect(listActions(await database.apply(document, { managedBy: 'api' }))).toEqual([]);
    const changed = describeTenant({ status: 'suspended' });
    await expect(database.apply(changed, { managedBy: 'api' })).rejects.toThrow(
      'tenants/acme is managed by the configuration file',
    );
  });

  it('brings no revoked key back, not even under another name', async () => {
    await database.apply(describeTenant({ keys: [key('ci')] }), { managedBy: 'api' });
    await database.dataSource.query(`UPDATE api_keys SET status = 'revoked'`);
    const renamed = { ...key('ci'), name: 'other' };
    for (const keys of [[key('ci')], [renamed]]) {
      await expect(database.apply(describeTenant({ keys }), { managedBy: 'api' })).rejects.toThrow(
        'which is revoked',
      );
    }
  });

  it('prunes what the API manages and nothing of the file', async () => {
    await database.apply(describeTenant({ keys: [key('ci')] }));
    const deployments = [{ provider: 'extra', upstreamModel: 'gpt' }];
    await database.apply(
      {
        ...describeDocument({
          providers: [{ name: 'extra', kind: 'openai' }],
          models: [{ name: 'x', deployments }],
        }),
        tenants: [{ name: 'other', keys: [key('their')] }],
      },
      { managedBy: 'api' },
    );
    const plan = await database.apply({ tenants: [] }, { managedBy: 'api', isPruning: true });
    expect(listActions(plan).sort()).toEqual([
      'delete models/x',
      'delete providers/extra',
      'disable tenants/other',
      'disable tenants/other/keys/their',
    ]);
    expect(await find(TenantEntity)).toMatchObject([{ status: 'active' }, { status: 'archived' }]);
  });
});

describe('what would lead nowhere after an import', () => {
  const platform = (name: string) => ({
    providers: [{ name, kind: 'openai' }],
    models: [{ name, deployments: [{ provider: name, upstreamModel: 'gpt' }] }],
  });
  const ruleOn = (name: string, action: object) => ({ routingRules: [{ name, action }] });

  it.each([
    ['model', { type: 'use-model', model: 'extra' }, 'there is no model extra'],
    [
      'provider',
      { type: 'use-providers', providers: ['extra'] },
      'not all of its providers are there: extra',
    ],
  ])("keeps a %s from being pruned: another tenant's rule", async (_kind, action, message) => {
    await database.apply(platform('extra'), { managedBy: 'api' });
    await database.apply(
      { ...platform('extra'), tenants: [{ name: 'other', ...ruleOn('rule', action) }] },
      { managedBy: 'api' },
    );
    // The file's rows stay when an import prunes, so the rule would be left.
    await database.dataSource.query(`UPDATE routing_rules SET managed_by = 'file'`);
    const pruning = database.apply({ tenants: [{ name: 'other' }] }, { managedBy: 'api', isPruning: true });
    await expect(pruning).rejects.toThrow(`tenants/other/routingRules/rule: ${message}`);
    await database.dataSource.query(`UPDATE tenants SET status = 'archived'`);
    await database.apply({ tenants: [] }, { managedBy: 'api', isPruning: true });
    expect(await find(ModelEntity)).toEqual([]);
  });

  it('refuses a rule to a model that nobody has, but not what led nowhere before', async () => {
    const lost = ruleOn('lost', { type: 'use-model', model: 'nowhere' });
    await expect(database.apply(lost, { managedBy: 'api' })).rejects.toThrow(
      'routingRules/lost: there is no model',
    );
    const document = { ...platform('extra'), ...ruleOn('rule', { type: 'use-model', model: 'extra' }) };
    await database.apply(document, { managedBy: 'api' });
    await database.dataSource.query('DELETE FROM models');
    await database.apply({ tenants: [{ name: 'other' }] }, { managedBy: 'api' });
    expect(await find(TenantEntity)).toHaveLength(1);
  });

  it('refuses to turn a provider into one that does not understand what models ask of it', async () => {
    const document = platform('extra');
    document.models[0]?.deployments.push({ provider: 'extra', upstreamModel: 'sim:nonsense=2' });
    await database.apply(document, { managedBy: 'api' });
    const providers = [{ name: 'extra', kind: 'simulated' }];
    await expect(database.apply({ providers }, { managedBy: 'api' })).rejects.toThrow(
      'models/extra: its provider would not understand upstreamModel',
    );
  });

  it('refuses a rule of the file whose models are on none of its providers, and imports what an export says', async () => {
    const document = {
      ...platform('extra'),
      routingRules: [
        {
          name: 'rule',
          conditions: { model: 'ext*' },
          action: { type: 'use-providers', providers: ['other'] },
        },
      ],
    };
    document.providers.push({ name: 'other', kind: 'simulated' });
    await expect(database.apply(document)).rejects.toThrow(
      'routingRules/rule: no model that it matches has a deployment on its providers',
    );
    await database.apply(document, { managedBy: 'api' });
  });

  it('starts from a file that drops a rule with its deployment, whatever rules the API has', async () => {
    const { providers, models } = platform('extra');
    const both = [...providers, { name: 'other', kind: 'openai' }];
    const [model] = models;
    const widened = {
      ...model,
      deployments: [...(model?.deployments ?? []), { provider: 'other', upstreamModel: 'gpt' }],
    };
    const routingRules = [
      {
        name: 'pin',
        conditions: { model: 'extra' },
        action: { type: 'use-providers', providers: ['other'] },
      },
    ];
    await database.apply({ providers: both, models: [widened], routingRules });
    await database.apply({ providers: both, models });
    await database.dataSource.query(`UPDATE routing_rules SET managed_by = 'api', enabled = true`);
    await database.apply({ providers: both, models: [widened] });
    await database.apply({ providers: both, models });
    expect(await find(RoutingRuleEntity)).toMatchObject([{ enabled: true }]);
  });

  it("refuses a rule of the file for everybody to a tenant's model", async () => {
    const { models, providers } = platform('extra');
    const rule = ruleOn('rule', { type: 'use-model', model: 'extra' });
    const document = { providers, tenants: [{ name: 'acme', models }], ...rule };
    await expect(database.apply(document)).rejects.toThrow('routingRules/rule: there is no model extra');
  });
});

describe('pruning what has left the file', () => {
  it('deletes rows, archives tenants and revokes keys, and leaves the API alone', async () => {
    await database.apply(
      describeTenant({ keys: [key('ci')], rateLimits: [{ metric: 'requests', limit: 1 }] }),
    );
    await database.dataSource.getRepository(RateLimitEntity).insert({
      id: createId(),
      owner: 'platform',
      metric: 'requests',
      limit: 9,
      windowSeconds: 60,
    });
    const plan = await database.apply({ tenants: [] }, { isPruning: true });
    expect(listActions(plan).sort()).toEqual([
      'delete models/chat',
      'delete providers/main',
      'delete tenants/acme/rateLimits/auto:requests/60s',
      'disable tenants/acme',
      'disable tenants/acme/keys/ci',
    ]);
    expect(await find(RateLimitEntity)).toMatchObject([{ limit: 9 }]);
  });
});

describe('an export', () => {
  it('leaves out rows that are for a revoked key alone', async () => {
    const rateLimits = [{ scope: { key: 'ci' }, metric: 'requests', limit: 1 }];
    await database.apply(describeTenant({ keys: [key('ci')], rateLimits }), { managedBy: 'api' });
    await database.dataSource.query(`UPDATE api_keys SET status = 'revoked'`);
    const [tenant] = (await exported()).tenants ?? [];
    expect(tenant).not.toHaveProperty('keys');
    expect(tenant).not.toHaveProperty('rateLimits');
  });
});

describe('names that an import reads', () => {
  it('keeps the name of a policy that looks like one made of content', async () => {
    const policies = [{ name: 'auto:x', detectors: [{ type: 'email', id: 'e', severity: 'low' }] }];
    await database.apply({ policies }, { managedBy: 'api' });
    expect((await exported())['policies']).toMatchObject(policies);
  });

  it('tells a provider of the platform from one of the tenant that has its name', async () => {
    const providers = [{ name: 'main', kind: 'openai' }];
    const deployments = [
      { provider: 'main', upstreamModel: 'theirs' },
      { provider: 'main', providerOwner: 'platform', upstreamModel: 'ours' },
    ];
    const document = {
      providers,
      tenants: [{ name: 'acme', providers, models: [{ name: 'm', deployments }] }],
    };
    await database.apply(document, { managedBy: 'api' });
    const owners = await database.dataSource.query<{ model: string; isPlatforms: boolean }[]>(
      `SELECT upstream_model AS model, owner = 'platform' AS "isPlatforms"
       FROM deployments JOIN providers ON providers.id = provider_id ORDER BY position`,
    );
    expect(owners).toEqual([
      { model: 'theirs', isPlatforms: false },
      { model: 'ours', isPlatforms: true },
    ]);
    const [tenant] = (await exported()).tenants ?? [];
    expect(tenant).toMatchObject({ models: [{ deployments }] });
    expect(listActions(await database.apply(await exported(), { managedBy: 'api' }))).toEqual([]);
  });

  it('cuts no character in two where it numbers keys of one long name', async () => {
    const name = `${'x'.repeat(119)}\u{1f600}${'y'.repeat(7)}`;
    await database.apply(
      { tenants: [{ name: 'acme', keys: [{ ...key('one'), name }] }] },
      { managedBy: 'api' },
    );
    await database.dataSource.query(
      `INSERT INTO api_keys (id, revision, tenant_id, name, prefix, hash)
       SELECT $1, 1, tenant_id, name, prefix, 'other' || substr(hash, 6) FROM api_keys`,
      [createId()],
    );
    const [tenant] = (await exported()).tenants ?? [];
    const names = (tenant?.['keys'] as { name: string }[]).map((row) => row.name);
    expect(new Set(names).size).toBe(2);
    for (const one of names) expect(one.isWellFormed()).toBe(true);
  });
});
