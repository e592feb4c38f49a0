import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type TenantId = Branded<'TenantId'>;
export type KeyId = Branded<'KeyId'>;
export type ProviderId = Branded<'ProviderId'>;
export type ModelId = Branded<'ModelId'>;
export type DeploymentId = Branded<'DeploymentId'>;
export type RequestId = Branded<'RequestId'>;

/** Owner of a configuration row: the platform, whose rows apply to every tenant, or one tenant. */
export type Owner = 'platform' | TenantId;

const RANDOM_BYTES = 16;
/** Asking the system for each id costs ten times as much as for several hundred at once. */
const pool = new Uint8Array(RANDOM_BYTES * 512);
let poolPosition = pool.length;

function takeRandomBytes(): Uint8Array {
  if (poolPosition === pool.length) {
    randomFillSync(pool);
    poolPosition = 0;
  }
  poolPosition += RANDOM_BYTES;
  return pool.slice(poolPosition - RANDOM_BYTES, poolPosition);
}

/** A UUIDv7: unique, and ordered by the time it was made, so that indexes on it stay dense. */
export function createId<Id extends string = string>(): Id {
  return uuidv7({ random: takeRandomBytes() }) as Id;
}

const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isUuid(value: string): boolean {
  return UUID_PATTERN.test(value);
}
