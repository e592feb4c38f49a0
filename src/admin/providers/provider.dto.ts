import { z } from 'zod';
import {
  baseUrlField,
  breakerField,
  HEADER_TEXT,
  providerFields,
  providerKindField,
  settingsField,
  timeoutsField,
} from '../../config/fields/provider-fields.js';
import { booleanFilter, nameFilter, ownedViewFields, ownerFilter } from '../fields/common-fields.js';

export const providerInputSchema = z.strictObject({
  ...providerFields,
  baseUrl: baseUrlField,
  /** Write-only. Absent in a PATCH: stays. Null: none. */
  apiKey: z.string().regex(HEADER_TEXT, 'must be printable ASCII without spaces').nullable().optional(),
});

export type ProviderInput = z.output<typeof providerInputSchema>;

export const providerViewSchema = z.strictObject({
  ...ownedViewFields,
  name: z.string(),
  kind: providerKindField,
  baseUrl: z.string(),
  hasApiKey: z.boolean(),
  timeouts: timeoutsField,
  breaker: breakerField,
  settings: settingsField,
  enabled: z.boolean(),
});

export const providerFilterSchema = z.strictObject({
  owner: ownerFilter.optional(),
  name: nameFilter.optional(),
  kind: providerKindField.optional(),
  enabled: booleanFilter.optional(),
});
