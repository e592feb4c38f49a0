import { z } from 'zod';
import { detectorsSchema } from '../../pipeline/validation-gate/detector.schema.js';
import { booleanFilter, nameField, ownedViewFields, scopeSchema } from '../fields/common-fields.js';

const direction = z.enum(['request', 'response', 'both']);
const mode = z.enum(['enforce', 'shadow']);
const action = z.enum(['allow', 'flag', 'redact', 'block']);

/** What is done at each severity; those left out have the defaults: low allow, medium flag, high and critical block. */
const actionsSchema = z.strictObject({
  low: action.optional(),
  medium: action.optional(),
  high: action.optional(),
  critical: action.optional(),
});

export const policyInputSchema = z.strictObject({
  name: nameField,
  scope: scopeSchema.default({}),
  direction: direction.default('request'),
  detectors: detectorsSchema,
  actions: actionsSchema.default({}),
  mode: mode.default('enforce'),
  enabled: z.boolean().default(true),
});

export type PolicyInput = z.output<typeof policyInputSchema>;

export const policyViewSchema = z.strictObject({
  ...ownedViewFields,
  name: z.string(),
  /** Grows with every change; traces and cache keys name it. */
  version: z.int(),
  scope: scopeSchema,
  direction,
  detectors: detectorsSchema,
  actions: z.strictObject({ low: action, medium: action, high: action, critical: action }),
  mode,
  enabled: z.boolean(),
});

export const policyFilterSchema = z.strictObject({
  name: nameField.optional(),
  direction: direction.optional(),
  mode: mode.optional(),
  enabled: booleanFilter.optional(),
});
