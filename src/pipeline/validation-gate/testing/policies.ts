import type {
  DetectorConfig,
  PolicyAction,
  PolicyConfig,
  Severity,
} from '../../../tenancy/config-snapshot.js';

/** A platform's policy for both directions in which every severity has the same action. */
export function buildPolicy(
  id: string,
  action: PolicyAction,
  detectors: readonly DetectorConfig[],
  changes: Partial<PolicyConfig> = {},
): PolicyConfig {
  const actions: Record<Severity, PolicyAction> = {
    low: action,
    medium: action,
    high: action,
    critical: action,
  };
  return {
    id,
    owner: 'platform',
    name: id,
    version: 1,
    scope: {},
    direction: 'both',
    detectors: [...detectors],
    actions,
    mode: 'enforce',
    ...changes,
  };
}

export const EMAIL: DetectorConfig = { type: 'email', id: 'email', severity: 'medium' };
export const CARD: DetectorConfig = { type: 'payment-card', id: 'card', severity: 'high' };
export const SECRET: DetectorConfig = { type: 'secret', id: 'secret', severity: 'critical' };
