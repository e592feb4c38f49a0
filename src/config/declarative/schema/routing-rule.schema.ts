import { z } from 'zod';
import type { DeclaredRoutingRule } from '../declarative-config.js';
import {
  enabledSchema,
  modelNameSchema,
  modelPatternSchema,
  nameSchema,
  tagSchema,
  userSchema,
} from './text.schema.js';

const MAX_PRIORITY = 1_000_000;
const MAX_PROVIDERS = 50;

const conditions = {
  model: modelPatternSchema.optional(),
  tag: tagSchema.optional(),
  user: userSchema.optional(),
  taskClass: z
    .enum(['chat', 'code', 'reason', 'summarize', 'extract', 'classify', 'translate', 'tool-use'])
    .optional(),
  sizeClass: z.enum(['tiny', 'small', 'medium', 'large', 'huge']).optional(),
  modality: z.enum(['text', 'image', 'document', 'audio']).optional(),
  stream: z.boolean().optional(),
};

const action = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('use-model'), model: modelNameSchema }),
  z.strictObject({
    type: z.literal('use-providers'),
    providers: z.array(nameSchema).min(1).max(MAX_PROVIDERS),
  }),
]);

export const PLATFORM_CONDITIONS = z.strictObject(conditions).default({});
export const TENANT_CONDITIONS = z.strictObject({ key: nameSchema.optional(), ...conditions }).default({});

export function routingRuleSchema(
  conditionsSchema: typeof PLATFORM_CONDITIONS | typeof TENANT_CONDITIONS,
): z.ZodType<DeclaredRoutingRule> {
  return z.strictObject({
    name: nameSchema,
    priority: z.int().min(0).max(MAX_PRIORITY).default(0),
    conditions: conditionsSchema,
    action,
    enabled: enabledSchema,
  });
}
