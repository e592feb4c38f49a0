import type { DeclaredScope } from '../../config/declarative/declarative-config.js';
import { DERIVED_NAME_PREFIX } from '../../config/declarative/schema/text.schema.js';
import type { ApiKeyEntity } from '../../storage/database/entities/api-key.entity.js';
import type { OwnedRow } from '../../storage/database/entities/managed-row.js';
import type { Scope } from '../config-snapshot.js';
import type { CurrentRows } from './current-rows.js';
import { deriveNames } from './derive-names.js';
import { describeBudget, describeRateLimit } from './plan-limits.js';

/** Room for a number behind a name of 128 characters. */
const MAX_STEM = 120;

/** Names of keys by their ids, as a document would write them. */
export type KeyNames = ReadonlyMap<string, string>;

/**
 * Stored rows under the names that an export gives them, so that importing it finds each of them again. Two keys of a tenant
 * may share a name while one is rotated: the newest keeps it, others get a number. Limits and budgets without a name are
 * called by what they limit. Nothing of this is written to the database.
 */
export function nameRows<Rows extends Pick<CurrentRows, 'keys' | 'rateLimits' | 'budgets'>>(
  rows: Rows,
): Rows {
  const keyNames = nameKeys(rows.keys);
  const scopedNames = nameScopedKeys(rows.keys, keyNames);
  return {
    ...rows,
    keys: rows.keys.map((key) => withName(key, keyNames.get(key.id) ?? key.name)),
    rateLimits: nameLimits(rows.rateLimits, scopedNames, describeRateLimit),
    budgets: nameLimits(rows.budgets, scopedNames, describeBudget),
  };
}

/** As a document writes it; null where it names a key that no longer works, so that nothing ever matches it. */
export function nameScope<Stored extends Scope>(
  { keyId, ...others }: Stored,
  keyNames: KeyNames,
): (Omit<Stored, 'keyId'> & Pick<DeclaredScope, 'key'>) | null {
  if (keyId === undefined) return others;
  const key = keyNames.get(keyId);
  return key === undefined ? null : { key, ...others };
}

/**
 * How scopes name keys: whichever of those that replaced one another by rotation a scope names, the newest that works is meant
 * where the document is imported, for it has no rotations.
 */
export function nameScopedKeys(keys: readonly ApiKeyEntity[], names = nameKeys(keys)): KeyNames {
  const newest = new Map<string, string>();
  for (const key of keys.filter(({ status }) => status === 'active').sort(compareKeys)) {
    const first = key.firstId ?? key.id;
    if (!newest.has(first)) newest.set(first, names.get(key.id) ?? key.name);
  }
  const members = keys.map(({ id, firstId }) => [id, newest.get(firstId ?? id)] as const);
  return new Map([
    ...newest,
    ...members.filter((member): member is [string, string] => member[1] !== undefined),
  ]);
}

function nameKeys(keys: readonly ApiKeyEntity[]): KeyNames {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const active = keys.filter(({ status }) => status === 'active').sort(compareKeys);
  for (const { id, tenantId, name } of active) {
    let chosen = name;
    for (let number = 2; taken.has(`${tenantId} ${chosen}`); number += 1) {
      chosen = `${cutName(name)} #${number}`;
    }
    taken.add(`${tenantId} ${chosen}`);
    names.set(id, chosen);
  }
  return names;
}

/** Not in the middle of a character. */
function cutName(name: string): string {
  return name.slice(0, MAX_STEM).replace(/[\ud800-\udbff]$/, '');
}

/** Those of the file first, for their names are fixed; then the newest. */
function compareKeys(a: ApiKeyEntity, b: ApiKeyEntity): number {
  const byFile = Number(b.managedBy === 'file') - Number(a.managedBy === 'file');
  return byFile || b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1);
}

interface LimitRow extends OwnedRow {
  name: string | null;
  scope: Scope;
}

function nameLimits<Row extends LimitRow>(
  rows: readonly Row[],
  keyNames: KeyNames,
  describe: (row: Row) => string,
): Row[] {
  return [...Map.groupBy(rows, ({ owner }) => owner).values()].flatMap((owned) => {
    const declared = owned.flatMap((row) => {
      const scope = nameScope(row.scope, keyNames);
      return scope === null ? [] : [{ row, scope, name: isDerived(row.name) ? null : row.name }];
    });
    const names = new Map(
      deriveNames(declared, ({ row }) => describe(row)).map(({ name, row }) => [row.row.id, name]),
    );
    return owned.map((row) => withName(row, names.get(row.id) ?? null));
  });
}

export function isDerived(name: string | null): boolean {
  return name === null || name.startsWith(DERIVED_NAME_PREFIX);
}

function withName<Row extends object>(row: Row, name: string | null): Row {
  return { ...row, name };
}
