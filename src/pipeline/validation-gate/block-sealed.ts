import type { FiredRule, GateVerdict } from './apply-policy.js';
import { isGraver } from './classify-risk.js';

/** The verdict where signed texts cannot be left out: a redaction that falls on one becomes a block. */
export function blockSealed(verdict: GateVerdict): GateVerdict {
  if (verdict.sealed.length === 0) return verdict;
  const blocking = findGravestRedaction(verdict.fired);
  return {
    ...verdict,
    action: 'block',
    fired: verdict.fired.map((rule) => (rule === blocking ? { ...rule, action: 'block' } : rule)),
    blockedBy: blocking && { policyId: blocking.policyId, detectorId: blocking.detectorId },
    redactions: [],
    sealed: [],
  };
}

function findGravestRedaction(fired: readonly FiredRule[]): FiredRule | null {
  let gravest: FiredRule | null = null;
  for (const rule of fired) {
    if (rule.shadow || rule.action !== 'redact') continue;
    if (gravest === null || isGraver(rule.severity, gravest.severity)) gravest = rule;
  }
  return gravest;
}
