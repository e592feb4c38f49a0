import { ModelEntity } from '../storage/database/entities/model.entity.js';
import { DeclarativeDatabase } from './declarative/apply.spec-support.js';

let database: DeclarativeDatabase;

beforeEach(async () => {
  database = await DeclarativeDatabase.open();
});

afterEach(() => database.close());

const model = (name: string) => ({
  providers: [{ name, kind: 'openai' }],
  models: [{ name, deployments: [{ provider: name, upstreamModel: 'gpt' }] }],
});
const scoped = {
  policies: { name: 'row', detectors: [{ type: 'email', id: 'e', severity: 'low' }] },
  rateLimits: { name: 'row', metric: 'requests', limit: 5 },
  budgets: { name: 'row', tokens: 5, period: 'day' },
};
type Section = keyof typeof scoped;
const TABLES: [Section, string][] = [
  ['policies', 'policies'],
  ['rateLimits', 'rate_limits'],
  ['budgets', 'budgets'],
];
const scopeTo = (section: Section, name: string) => ({
  [section]: [{ ...scoped[section], scope: { model: name } }],
});
const importing = (document: object, isPruning = false) =>
  database.apply(document as Record<string, unknown>, { managedBy: 'api', isPruning });
const names = async () =>
  (await database.dataSource.getRepository(ModelEntity).find()).map(({ name }) => name);

describe.each(TABLES)('an import that prunes the model that is the scope of %s', (section, table) => {
  beforeEach(async () => {
    await importing({ ...model('extra'), ...scopeTo(section, 'extra') });
  });

  it('is refused where the row is not in the document and stays', async () => {
    // Rows of the file stay when an import prunes.
    await database.dataSource.query(`UPDATE ${table} SET managed_by = 'file'`);
    const message = `${section}/row: there would be no model extra any more`;
    await expect(importing({ tenants: [] }, true)).rejects.toThrow(message);
    expect(await names()).toEqual(['extra']);
    await importing({ ...model('other'), tenants: [] });
    await database.dataSource.query(`UPDATE ${table} SET scope = '{"model": "ext*"}'`);
    await importing({ tenants: [] }, true);
    expect(await names()).toEqual([]);
  });

  it("is refused for a tenant's row too, unless that tenant has a model of the name or is archived", async () => {
    await importing({ tenants: [{ name: 'acme', ...scopeTo(section, 'extra') }] });
    await database.dataSource.query(`DELETE FROM ${table} WHERE owner = 'platform'`);
    await database.dataSource.query(`UPDATE ${table} SET managed_by = 'file'`);
    await expect(importing({ tenants: [{ name: 'acme' }] }, true)).rejects.toThrow(
      `tenants/acme/${section}/row: there would be no model extra any more`,
    );
    await importing({ tenants: [{ name: 'acme', ...model('extra') }] }, true);
    expect(await names()).toEqual(['extra']);
    await database.dataSource.query(`UPDATE tenants SET status = 'archived'`);
    await importing({ tenants: [] }, true);
    expect(await names()).toEqual([]);
  });

  it('takes the row with it, or leaves what the document itself says', async () => {
    await importing({ ...scopeTo(section, 'extra'), tenants: [] }, true);
    expect(await names()).toEqual([]);
    const rows = await database.dataSource.query<unknown[]>(`SELECT 1 FROM ${table}`);
    expect(rows).toHaveLength(1);
    await importing({ tenants: [] }, true);
    expect(await database.dataSource.query<unknown[]>(`SELECT 1 FROM ${table}`)).toEqual([]);
  });
});
