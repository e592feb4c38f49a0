import { z } from 'zod';
import { detectorsSchema } from '../../../pipeline/validation-gate/detector.schema.js';
import { DEFAULT_ACTIONS } from '../../../tenancy/defaults.js';
import type { ScopeSchema } from './scope.schema.js';
import { enabledSchema, nameSchema } from './text.schema.js';

const action = z.enum(['allow', 'flag', 'redact', 'block']);

const actionsSchema = z
  .strictObject({
    low: action.default(DEFAULT_ACTIONS.low),
    medium: action.default(DEFAULT_ACTIONS.medium),
    high: action.default(DEFAULT_ACTIONS.high),
    critical: action.default(DEFAULT_ACTIONS.critical),
  })
  .prefault({});

export function policySchema(scope: ScopeSchema) {
  return z.strictObject({
    name: nameSchema,
    scope,
    direction: z.enum(['request', 'response', 'both']).default('request'),
    detectors: detectorsSchema,
    actions: actionsSchema,
    mode: z.enum(['enforce', 'shadow']).default('enforce'),
    enabled: enabledSchema,
  });
}
