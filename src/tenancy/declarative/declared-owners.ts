import type {
  DeclarativeConfig,
  DeclaredKey,
  DeclaredSection,
} from '../../config/declarative/declarative-config.js';
import type { CurrentRows } from './current-rows.js';

/** One owner's part of the file, with the ids that its names stand for. */
export interface OwnedSection {
  owner: string;
  /** Begins the label of each row: empty, or `tenants/acme/`. */
  label: string;
  section: DeclaredSection;
  keys: readonly DeclaredKey[];
  /** Ids of the tenant's keys by name. */
  keyIds: ReadonlyMap<string, string>;
}

/** A natural key of several parts as one text. */
export function buildIdentity(...parts: string[]): string {
  return JSON.stringify(parts);
}

export function listOwnedSections(
  config: DeclarativeConfig,
  tenantIds: ReadonlyMap<string, string>,
  keyIds: ReadonlyMap<string, string>,
): OwnedSection[] {
  const tenants = config.tenants.map((tenant): OwnedSection => {
    const owner = getId(tenantIds, tenant.name);
    const ids = tenant.keys.map(({ name }) => [name, getId(keyIds, buildIdentity(owner, name))] as const);
    return {
      owner,
      label: `tenants/${tenant.name}/`,
      section: tenant,
      keys: tenant.keys,
      keyIds: new Map(ids),
    };
  });
  return [{ owner: 'platform', label: '', section: config, keys: [], keyIds: new Map() }, ...tenants];
}

/** Makes the beginning of the label of a stored row, by its owner. */
export function createOwnerDescriber({ tenants }: Pick<CurrentRows, 'tenants'>): (owner: string) => string {
  const names = new Map(tenants.map(({ id, name }) => [id, name]));
  return (owner) => (owner === 'platform' ? '' : `tenants/${names.get(owner) ?? owner}/`);
}

/** Of the tenants whose rows do nothing any more. */
export function listArchivedIds({ tenants }: Pick<CurrentRows, 'tenants'>): ReadonlySet<string> {
  return new Set(tenants.filter(({ status }) => status === 'archived').map(({ id }) => id));
}

/** @throws for a name that nothing was planned for: the file was not checked. */
export function getId(ids: ReadonlyMap<string, string>, name: string): string {
  const id = ids.get(name);
  if (id === undefined) throw new Error(`The configuration names ${name}, which it does not declare`);
  return id;
}
