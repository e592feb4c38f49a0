import { GatewayError } from '../../errors/gateway-error.js';
import type { Actor } from './actor.js';

/**
 * The tenant whose records a report shows: the caller's own, else the one asked for, else (null) all.
 * @throws GatewayError('not_found') for another tenant than the caller's, as for one that does not exist.
 */
export function narrowTenant(actor: Actor, asked: string | undefined): string | null {
  if (actor.tenantId === null) return asked ?? null;
  if (asked !== undefined && asked !== actor.tenantId) throw new GatewayError('not_found');
  return actor.tenantId;
}
