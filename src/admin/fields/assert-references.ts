import type { EntityManager } from 'typeorm';
import type { FieldError } from '../../errors/gateway-error.js';
import { ApiKeyEntity } from '../../storage/database/entities/api-key.entity.js';
import { createInputError } from '../http/parse-input.js';

/** @throws GatewayError('invalid_request') with all of them, unless there are none. */
export function assertNoFaults(fieldErrors: readonly FieldError[]): void {
  if (fieldErrors.length === 0) return;
  throw createInputError(fieldErrors);
}

/**
 * A scope may name a key of its own tenant only. Platform rows apply to all tenants and can name none.
 * A missing key and another tenant's get the same answer.
 */
export async function findScopeFaults(
  manager: EntityManager,
  owner: string,
  keyId: string | undefined,
  field: string,
): Promise<FieldError[]> {
  if (keyId === undefined) return [];
  if (owner === 'platform') return [{ field, message: 'Rows of the platform cannot name a key' }];
  const isKnown = await manager.existsBy(ApiKeyEntity, { id: keyId, tenantId: owner });
  return isKnown ? [] : [{ field, message: 'No such key' }];
}
