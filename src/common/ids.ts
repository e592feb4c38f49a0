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

/** A UUIDv7: unique, and ordered by the time it was made, so that indexes on it stay dense. */
export function createId<Id extends string = string>(): Id {
  return uuidv7() as Id;
}

const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isUuid(value: string): boolean {
  return UUID_PATTERN.test(value);
}
