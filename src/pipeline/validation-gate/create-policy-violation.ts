import { GatewayError } from '../../errors/gateway-error.js';
import type { GateVerdict } from './apply-policy.js';

/** The refusal names policy and rule, never the text that matched. */
export function createPolicyViolation(verdict: GateVerdict, direction: 'request' | 'response'): GatewayError {
  const { blockedBy } = verdict;
  return new GatewayError('policy_violation', {
    publicMessage: `A policy does not allow this ${direction}.`,
    details: { policy_id: blockedBy?.policyId ?? null, rule_id: blockedBy?.detectorId ?? null, direction },
  });
}
