import { z } from 'zod';
import { conditionFields, routingRuleFields } from '../../fields/routing-rule-fields.js';
import { nameField } from '../../fields/text-fields.js';
import type { DeclaredRoutingRule } from '../declarative-config.js';

export const PLATFORM_CONDITIONS = z.strictObject(conditionFields).default({});
export const TENANT_CONDITIONS = z
  .strictObject({ key: nameField.optional(), ...conditionFields })
  .default({});

export function routingRuleSchema(
  conditions: typeof PLATFORM_CONDITIONS | typeof TENANT_CONDITIONS,
): z.ZodType<DeclaredRoutingRule> {
  return z.strictObject({ ...routingRuleFields, conditions });
}
