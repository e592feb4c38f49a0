import type { DeclarativeConfig, DeclaredKey } from '../../config/declarative/declarative-config.js';
import type { ApiKeyEntity } from '../../storage/database/entities/api-key.entity.js';
import type { CurrentRows } from './current-rows.js';
import { buildIdentity, createOwnerDescriber, getId } from './declared-owners.js';
import { type DeclaredRow, type PlanContext, planRows, type RowsPlan } from './plan-rows.js';

/** What every key begins with; all that is known of one that is declared by its hash. */
const UNKNOWN_PREFIX = 'tpk_';

export interface KeysPlan extends RowsPlan<ApiKeyEntity> {
  /**
   * Rows that hold a hash which now belongs to another row: they give it up first, for hashes are unique. So a key can be
   * renamed, moved to another tenant or swapped.
   */
  releasedIds: string[];
}

export async function planKeys(
  config: DeclarativeConfig,
  current: CurrentRows,
  tenantIds: ReadonlyMap<string, string>,
  context: PlanContext,
): Promise<KeysPlan> {
  const declared = config.tenants.flatMap((tenant) => {
    const tenantId = getId(tenantIds, tenant.name);
    return tenant.keys.map((key) => declareKey(key, tenantId, `tenants/${tenant.name}/keys/${key.name}`));
  });
  const describeOwner = createOwnerDescriber(current);
  const revoke = (row: ApiKeyEntity): Partial<ApiKeyEntity> =>
    row.status === 'revoked' ? {} : { status: 'revoked', revokedAt: new Date(context.nowMs) };
  const plan = await planRows<ApiKeyEntity>(
    {
      kind: 'key',
      declared,
      current: current.keys,
      identify: (row) => identifyKey(row, context),
      describe: (row) => `${describeOwner(row.tenantId)}keys/${row.name}`,
      retire: revoke,
      archive: revoke,
    },
    context,
  );
  return { ...plan, ...findHashHolders(declared, plan, { current: current.keys, context }) };
}

/** Revoked keys of the API keep their names for the history; they are in nobody's way. Only the file brings its own back. */
function identifyKey(
  { tenantId, name, managedBy, status }: ApiKeyEntity,
  context: Pick<PlanContext, 'managedBy'>,
): string | null {
  const isHistory = status === 'revoked' && (managedBy === 'api' || context.managedBy === 'api');
  return isHistory ? null : buildIdentity(tenantId, name);
}

interface DeclaredKeyRow extends DeclaredRow<ApiKeyEntity> {
  hash: string;
}

function declareKey(key: DeclaredKey, tenantId: string, label: string): DeclaredKeyRow {
  const { prefix, ...columns } = key;
  return {
    identity: buildIdentity(tenantId, key.name),
    label,
    hash: key.hash,
    values: (_id, row) => ({
      ...columns,
      tenantId,
      prefix: prefix ?? (row?.hash === key.hash ? row.prefix : UNKNOWN_PREFIX),
      status: 'active',
      revokedAt: null,
    }),
  };
}

function findHashHolders(
  declared: readonly DeclaredKeyRow[],
  plan: RowsPlan<ApiKeyEntity>,
  { current, context }: { current: readonly ApiKeyEntity[]; context: PlanContext },
): Pick<KeysPlan, 'releasedIds' | 'conflicts'> {
  const holders = new Map(current.map((row) => [row.hash, row]));
  const releasedIds: string[] = [];
  const conflicts = [...plan.conflicts];
  for (const { hash, identity, label } of declared) {
    const holder = holders.get(hash);
    if (holder === undefined || holder.id === plan.ids.get(identity)) continue;
    if (holder.managedBy === 'api' || context.managedBy === 'api')
      conflicts.push(`${label} has the secret of the key ${holder.id}, ${describeHolder(holder)}`);
    else releasedIds.push(holder.id);
  }
  return { releasedIds, conflicts };
}

function describeHolder({ status, managedBy }: ApiKeyEntity): string {
  if (status === 'revoked') return 'which is revoked';
  return managedBy === 'api' ? 'managed through the API' : 'of the configuration file';
}
