import { z } from 'zod';
import { detectorsSchema } from '../../pipeline/validation-gate/detector.schema.js';
import { DEFAULT_ACTIONS } from '../../tenancy/defaults.js';
import { enabledField, nameField } from './text-fields.js';

export const directionField = z.enum(['request', 'response', 'both']);
export const policyModeField = z.enum(['enforce', 'shadow']);

const action = z.enum(['allow', 'flag', 'redact', 'block']);

/** What is done at each severity; those left out have the defaults. */
export const actionsField = z.strictObject({
  low: action.default(DEFAULT_ACTIONS.low),
  medium: action.default(DEFAULT_ACTIONS.medium),
  high: action.default(DEFAULT_ACTIONS.high),
  critical: action.default(DEFAULT_ACTIONS.critical),
});

/** Besides the scope. */
export const policyFields = {
  name: nameField,
  direction: directionField.default('request'),
  detectors: detectorsSchema,
  actions: actionsField.default(DEFAULT_ACTIONS),
  mode: policyModeField.default('enforce'),
  enabled: enabledField,
};
