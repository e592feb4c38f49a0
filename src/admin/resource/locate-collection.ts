import { isJsonObject } from '../../common/json.js';
import type { AdminRequest } from '../access/admin-request.js';
import { ownerFilter } from '../fields/common-fields.js';
import { parseId } from '../http/parse-id.js';
import type { TenantsService } from '../tenants/tenants.service.js';
import type { CollectionPlace } from './collection-place.js';
import type { CollectionParams } from './collection.controller.js';
import { PLATFORM, PLATFORM_SCOPE, scopeOfActor, scopeOfTenant } from './row-scope.js';

const ROOT = '/admin/v1';

/** `/providers`, `/models`: every owner's rows in one collection; `owner` in a POST says whose the new one is. */
export function locateShared(request: AdminRequest, resource: string): CollectionPlace {
  const { actor, json } = request;
  const { owner: asked, ...body } = isJsonObject(json) ? json : {};
  const owner = ownerFilter.safeParse(asked ?? actor.tenantId ?? PLATFORM).data ?? null;
  return {
    scope: scopeOfActor(actor),
    owner: actor.tenantId === null || owner === actor.tenantId ? owner : null,
    // PATCH bodies keep their `owner`, which no schema knows: whose a row is cannot be changed.
    body: request.method === 'POST' && isJsonObject(json) ? body : json,
    path: `${ROOT}/${resource}`,
  };
}

/** `/tenants/{tenantId}/policies`. @throws GatewayError('not_found') for a tenant that is missing or not the caller's. */
export async function locateBelowTenant(
  request: AdminRequest,
  { tenantId: text = '' }: CollectionParams,
  { tenants, resource }: { tenants: TenantsService; resource: string },
): Promise<CollectionPlace> {
  const tenantId = parseId(text);
  await tenants.get(request.actor, tenantId);
  return {
    scope: scopeOfTenant(request.actor, tenantId),
    owner: tenantId,
    body: request.json,
    path: `${ROOT}/tenants/${tenantId}/${resource}`,
  };
}

/** `/policies`: those that apply to all tenants. */
export function locatePlatform(request: AdminRequest, resource: string): CollectionPlace {
  return { scope: PLATFORM_SCOPE, owner: PLATFORM, body: request.json, path: `${ROOT}/${resource}` };
}
