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

const MAX_SEQUENCE = 0xffffffff;
let lastMilliseconds = 0;
let sequence = 0;

/**
 * A UUIDv7: unique, and in one process in the order that they were made in, also within a millisecond, so that indexes
 * on it stay dense and a listing by id is a listing by age.
 */
export function createId<Id extends string = string>(): Id {
  const random = takeRandomBytes();
  const now = Date.now();
  // uuid counts within a millisecond only when it draws the random bytes itself; it leaves the first four unused.
  if (now > lastMilliseconds || sequence === MAX_SEQUENCE) {
    lastMilliseconds = Math.max(now, lastMilliseconds + 1);
    // Half of the range is left to count up in.
    sequence = new DataView(random.buffer).getUint32(0) >>> 1;
  } else {
    sequence += 1;
  }
  return uuidv7({ random, msecs: lastMilliseconds, seq: sequence }) as Id;
}

const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isUuid(value: string): boolean {
  return UUID_PATTERN.test(value);
}
