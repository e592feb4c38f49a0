import { In, type FindOptionsWhere } from 'typeorm';
import type { FieldError } from '../../errors/gateway-error.js';
import type { OwnedRow } from '../../storage/database/entities/managed-row.js';
import type { Actor } from '../access/actor.js';

export const PLATFORM = 'platform';

/** Which owners' rows an operation may touch; null: everybody's. It becomes part of every statement's WHERE. */
export interface RowScope {
  owners: readonly string[] | null;
}

/** Rows of collections such as `/providers`, which every owner shares. */
export function scopeOfActor(actor: Actor): RowScope {
  return { owners: actor.tenantId === null ? null : [actor.tenantId] };
}

/**
 * Rows of a collection below one tenant. For another tenant's administrator the list of owners is empty: the statement runs
 * as for a tenant that does not exist, and finds as much.
 */
export function scopeOfTenant(actor: Actor, tenantId: string): RowScope {
  return { owners: actor.tenantId === null || actor.tenantId === tenantId ? [tenantId] : [] };
}

/** Rows that apply to all tenants, under the top-level collections of what tenants have below themselves. */
export const PLATFORM_SCOPE: RowScope = { owners: [PLATFORM] };

export function whereOwner<Row extends OwnedRow>({ owners }: RowScope): FindOptionsWhere<Row> {
  return (owners === null ? {} : { owner: In([...owners]) }) as FindOptionsWhere<Row>;
}

/** The tenant whose people may see what concerns this owner's rows; null for the platform's own. */
export function findTenantOfOwner(owner: string): string | null {
  return owner === PLATFORM ? null : owner;
}

/** The same for a tenant that is missing and for one that is not the caller's. */
export const OWNER_FAULT: FieldError = {
  field: 'owner',
  message: '"platform" or the id of a tenant that you administer',
};
