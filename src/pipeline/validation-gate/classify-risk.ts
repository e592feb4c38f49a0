import type { Severity } from '../../tenancy/config-snapshot.js';
import type { ContentFindings } from './check-content.js';
import type { ScanPlan } from './compile-policies.js';

export type RiskClass = 'none' | Severity;

const ORDER: readonly RiskClass[] = ['none', 'low', 'medium', 'high', 'critical'];

/** The gravest severity among enforced rules that found something; rules in shadow are on trial and classify nothing. */
export function classifyRisk(plan: ScanPlan, { counts }: ContentFindings): RiskClass {
  let risk: RiskClass = 'none';
  for (const { shadow, severity, detector } of plan.rules) {
    if (!shadow && counts[detector] !== 0 && isGraver(severity, risk)) risk = severity;
  }
  return risk;
}

export function isGraver(a: RiskClass, b: RiskClass): boolean {
  return ORDER.indexOf(a) > ORDER.indexOf(b);
}
