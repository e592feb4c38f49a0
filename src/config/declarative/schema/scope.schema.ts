import { z } from 'zod';
import { modelNameSchema, modelPatternSchema, nameSchema, tagSchema, userSchema } from './text.schema.js';

const shared = { tag: tagSchema.optional(), user: userSchema.optional() };
/** A platform's row applies to every tenant, so it can name none of their keys. `key` is the name of a tenant's key. */
const key = nameSchema.optional();
/** Limits and budgets are counted for one model; a policy may be for many: `gpt-*`. */
const model = modelNameSchema.optional();
const models = modelPatternSchema.optional();

export const PLATFORM_SCOPES = {
  limits: z.strictObject({ model, ...shared }).default({}),
  policies: z.strictObject({ model: models, ...shared }).default({}),
};

export const TENANT_SCOPES = {
  limits: z.strictObject({ key, model, ...shared }).default({}),
  policies: z.strictObject({ key, model: models, ...shared }).default({}),
};

export type ScopeSchemas = typeof PLATFORM_SCOPES | typeof TENANT_SCOPES;
export type ScopeSchema = ScopeSchemas['limits'];
