import { z } from 'zod';
import {
  conditionFields,
  modalityField,
  routingActionField,
  routingRuleFields,
  sizeClassField,
  taskClassField,
} from '../../config/fields/routing-rule-fields.js';
import { modelPatternField, userField } from '../../config/fields/text-fields.js';
import type { SortField } from '../resource/sort-fields.js';
import { booleanFilter, idField, nameFilter, ownedViewFields, ownerFilter } from '../fields/common-fields.js';

const conditionsSchema = z.strictObject({ keyId: idField.optional(), ...conditionFields });

export const routingRuleInputSchema = z.strictObject({
  ...routingRuleFields,
  conditions: conditionsSchema.default({}),
});

export const ROUTING_RULE_SORTS: readonly SortField[] = ['updatedAt', 'name', 'priority'];

export type RoutingRuleInput = z.output<typeof routingRuleInputSchema>;

export const routingRuleViewSchema = z.strictObject({
  ...ownedViewFields,
  name: z.string(),
  priority: z.int(),
  conditions: conditionsSchema,
  action: routingActionField,
  enabled: z.boolean(),
});

export const routingRuleFilterSchema = z.strictObject({
  owner: ownerFilter.optional(),
  name: nameFilter.optional(),
  enabled: booleanFilter.optional(),
});

/** A request as it might come, to see where it would go. */
export const explainSchema = z.strictObject({
  tenantId: idField,
  model: modelPatternField,
  keyId: idField.optional(),
  tags: z.record(z.string(), z.string()).default({}),
  user: userField.optional(),
  taskClass: taskClassField.default('chat'),
  sizeClass: sizeClassField.default('small'),
  modalities: z.array(modalityField).default(['text']),
  stream: z.boolean().default(false),
});

export type ExplainInput = z.output<typeof explainSchema>;
