import { z } from 'zod';
import {
  booleanFilter,
  modelNameField,
  nameField,
  ownedViewFields,
  ownerFilter,
  tagField,
  userField,
} from '../fields/common-fields.js';

const taskClass = z.enum([
  'chat',
  'code',
  'reason',
  'summarize',
  'extract',
  'classify',
  'translate',
  'tool-use',
]);
const sizeClass = z.enum(['tiny', 'small', 'medium', 'large', 'huge']);
const modality = z.enum(['text', 'image', 'document', 'audio']);

const conditionsSchema = z.strictObject({
  /** `*` stands for any run of characters. */
  model: modelNameField.optional(),
  keyId: z.uuid().optional(),
  tag: tagField.optional(),
  user: userField.optional(),
  taskClass: taskClass.optional(),
  sizeClass: sizeClass.optional(),
  modality: modality.optional(),
  stream: z.boolean().optional(),
});

export const actionSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('use-model'), model: modelNameField }),
  z.strictObject({ type: z.literal('use-providers'), providers: z.array(nameField).min(1).max(50) }),
]);

export const routingRuleInputSchema = z.strictObject({
  name: nameField,
  /** Lower is asked first; the first that matches decides. */
  priority: z.int().min(0).max(1_000_000).default(0),
  conditions: conditionsSchema.default({}),
  action: actionSchema,
  enabled: z.boolean().default(true),
});

export type RoutingRuleInput = z.output<typeof routingRuleInputSchema>;

export const routingRuleViewSchema = z.strictObject({
  ...ownedViewFields,
  name: z.string(),
  priority: z.int(),
  conditions: conditionsSchema,
  action: actionSchema,
  enabled: z.boolean(),
});

export const routingRuleFilterSchema = z.strictObject({
  owner: ownerFilter.optional(),
  name: nameField.optional(),
  enabled: booleanFilter.optional(),
});

/** A request as it might come, to see where it would go. */
export const explainSchema = z.strictObject({
  tenantId: z.uuid(),
  model: modelNameField,
  keyId: z.uuid().optional(),
  tags: z.record(z.string(), z.string()).default({}),
  user: userField.optional(),
  taskClass: taskClass.default('chat'),
  sizeClass: sizeClass.default('small'),
  modalities: z.array(modality).default(['text']),
  stream: z.boolean().default(false),
});

export type ExplainInput = z.output<typeof explainSchema>;
