import { z } from 'zod';
import { narrowToScope, scopeFilterFields } from '../fields/scope-filter.js';
import { detectorsSchema } from '../../pipeline/validation-gate/detector.schema.js';
import {
  actionsField,
  directionField,
  policyFields,
  policyModeField,
} from '../../config/fields/policy-fields.js';
import { booleanFilter, nameFilter, ownedViewFields, policyScopeSchema } from '../fields/common-fields.js';

export const policyInputSchema = z.strictObject({ ...policyFields, scope: policyScopeSchema.default({}) });

export type PolicyInput = z.output<typeof policyInputSchema>;

export const policyViewSchema = z.strictObject({
  ...ownedViewFields,
  name: z.string(),
  /** Grows with every change; traces and cache keys name it. */
  version: z.int(),
  scope: policyScopeSchema,
  direction: directionField,
  detectors: detectorsSchema,
  actions: actionsField,
  mode: policyModeField,
  enabled: z.boolean(),
});

export const policyFilterSchema = z.strictObject({
  ...scopeFilterFields,
  name: nameFilter.optional(),
  direction: directionField.optional(),
  mode: policyModeField.optional(),
  enabled: booleanFilter.optional(),
});

export const policyConditionsSchema = policyFilterSchema.transform(narrowToScope);
