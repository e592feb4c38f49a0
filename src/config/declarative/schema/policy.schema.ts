import { z } from 'zod';
import { policyFields } from '../../fields/policy-fields.js';
import type { ScopeSchema } from './scope.schema.js';

export function policySchema(scope: ScopeSchema) {
  return z.strictObject({ ...policyFields, scope });
}
