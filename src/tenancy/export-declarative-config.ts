import type { DataSource } from 'typeorm';
import { Breather } from '../common/breather.js';
import type { TenantEntity } from '../storage/database/entities/tenant.entity.js';
import type { SecretBox } from '../storage/encryption/secret-box.js';
import { DeclarativeConflictError } from './declarative/declarative-conflict-error.js';
import { loadAllRows } from './declarative/load-all-rows.js';
import { nameRows } from './declarative/name-rows.js';
import { compact, type RenderedItem, renderKeyItem } from './declarative/render-rows.js';
import { type GroupedRows, groupRows, renderSection, type Sealing } from './declarative/render-section.js';

/** A document as docs/configuration-file.md describes it: lists by their names. */
export type ExportedConfig = Record<string, RenderedItem[]>;

/**
 * The whole configuration as a document that imports to the same: names instead of ids, keys by their hash, credentials
 * sealed for the name of their provider, never in clear.
 *
 * Left out: archived tenants, revoked keys and rows whose scope is such a key, which nothing ever matches; administrators,
 * whose tokens are this installation's.
 *
 * @throws DeclarativeConflictError naming each provider whose credential ENCRYPTION_KEYS do not open.
 */
export async function exportDeclarativeConfig(
  dataSource: DataSource,
  secretBox: Pick<SecretBox, 'seal' | 'open'>,
): Promise<ExportedConfig> {
  const stored = nameRows(await dataSource.transaction('REPEATABLE READ', loadAllRows));
  const rows = groupRows(stored);
  const sealing: Sealing = { secretBox, failed: [] };
  const tenants = stored.tenants.filter(({ status }) => status !== 'archived');
  const document = compact({
    ...renderSection(rows, { owner: 'platform', label: '' }, sealing),
    tenants: await renderTenants(tenants, rows, sealing),
  });
  if (sealing.failed.length > 0) {
    const problems = sealing.failed.map((label) => `${label}: its credential does not open`);
    throw new DeclarativeConflictError(problems);
  }
  return document as ExportedConfig;
}

/** There may be ten thousand, and requests are served in between. */
async function renderTenants(
  tenants: readonly TenantEntity[],
  rows: GroupedRows,
  sealing: Sealing,
): Promise<RenderedItem[]> {
  const items: RenderedItem[] = [];
  const breather = new Breather();
  for (const tenant of tenants) {
    items.push(renderTenant(tenant, rows, sealing));
    if (breather.isDue()) await breather.pause();
  }
  return items;
}

function renderTenant(tenant: TenantEntity, rows: GroupedRows, sealing: Sealing): RenderedItem {
  const { id, name, status, cacheMode, cacheTtlSeconds, quotaFallback } = tenant;
  return compact({
    name,
    status,
    cache: { mode: cacheMode, ttlSeconds: cacheTtlSeconds },
    quotaFallback,
    keys: (rows.keys.get(id) ?? []).map(renderKeyItem),
    ...compact(renderSection(rows, { owner: id, label: `tenants/${name}/` }, sealing)),
  });
}
