import { z } from 'zod';
import { limitScopeFields, policyScopeFields } from '../../fields/limit-fields.js';
import { nameField } from '../../fields/text-fields.js';

/** A platform's row applies to every tenant, so it can name none of their keys. `key` is the name of a tenant's key. */
const key = nameField.optional();

export const PLATFORM_SCOPES = {
  limits: z.strictObject(limitScopeFields).default({}),
  policies: z.strictObject(policyScopeFields).default({}),
};

export const TENANT_SCOPES = {
  limits: z.strictObject({ key, ...limitScopeFields }).default({}),
  policies: z.strictObject({ key, ...policyScopeFields }).default({}),
};

export type ScopeSchemas = typeof PLATFORM_SCOPES | typeof TENANT_SCOPES;
export type ScopeSchema = ScopeSchemas['limits'];
