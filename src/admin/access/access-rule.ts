import { SetMetadata } from '@nestjs/common';
import type { Actor } from './actor.js';

/**
 * What a route is about:
 * - `platform`: the installation itself; tenants' people have no business there.
 * - `tenant`: rows that belong to tenants or are filtered by the caller's tenant.
 * - `open`: needs no administrator.
 */
export type Area = 'platform' | 'tenant' | 'open';
/** `read-secrets`: what is read holds hashes of keys and sealed credentials. */
export type Verb = 'read' | 'read-secrets' | 'write';

export const AREA = Symbol('admin area');
export const VERB = Symbol('admin verb');

/** On the class or the route; the route's wins. */
export const InArea = (area: Area) => SetMetadata(AREA, area);
export const Reads = () => SetMetadata(VERB, 'read' satisfies Verb);
export const ReadsSecrets = () => SetMetadata(VERB, 'read-secrets' satisfies Verb);
export const Writes = () => SetMetadata(VERB, 'write' satisfies Verb);

/** Whether the role may do this at all; which rows it sees is decided by the services' WHERE. */
export function isAllowed(actor: Actor, area: Area, verb: Verb): boolean {
  if (area === 'open') return true;
  if (verb !== 'read' && actor.role === 'viewer') return false;
  return area === 'tenant' || actor.tenantId === null;
}
