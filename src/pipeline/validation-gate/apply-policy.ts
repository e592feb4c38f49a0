import type { JsonPath } from '../../common/json.js';
import type { PolicyAction, Severity } from '../../tenancy/config-snapshot.js';
import type { ContentFindings } from './check-content.js';
import { isGraver, type RiskClass } from './classify-risk.js';
import type { BodyText } from './collect-texts.js';
import type { CompiledRule, ScanPlan } from './compile-policies.js';
import type { TextDetector } from './detector.port.js';
import { redactRun } from './redact-run.js';

/** A rule that found something. */
export interface FiredRule {
  policyId: string;
  detectorId: string;
  severity: Severity;
  /** What the rule asks for; `block` where it asks for a redaction that is not possible. */
  action: PolicyAction;
  shadow: boolean;
  count: number;
}

export interface GateVerdict {
  /** The strongest action of all enforced rules that fired. */
  action: PolicyAction;
  riskClass: RiskClass;
  /** In the order of policies and detectors, those in shadow and those whose action is `allow` among them. */
  fired: FiredRule[];
  /** The gravest rule that blocks. */
  blockedBy: { policyId: string; detectorId: string } | null;
  /** Whole new strings, with marks for what was found; empty unless the action is `redact`. */
  redactions: BodyText[];
  /** Signed texts in which something has to be redacted: they are left out, or nothing passes (`blockSealed`). */
  sealed: JsonPath[];
}

const STRENGTH: Record<PolicyAction, number> = { allow: 0, flag: 1, redact: 2, block: 3 };

/**
 * What the policies make of findings: the strongest action wins, over all policies. Rules in shadow are recorded and never
 * act. A redaction becomes a block where nothing can be cut out: for a size, and for what stands in a member name.
 */
export function applyPolicy(plan: ScanPlan, findings: ContentFindings, riskClass: RiskClass): GateVerdict {
  const fired = plan.rules
    .filter((rule) => findings.counts[rule.detector] !== 0)
    .map((rule) => createFiredRule(rule, plan, findings));
  const action = findStrongest(fired);
  const changes = action === 'redact' ? redact(plan, findings) : [];
  return {
    action,
    riskClass,
    fired,
    blockedBy: action === 'block' ? findBlocking(fired) : null,
    redactions: changes.filter(({ isSealed }) => isSealed !== true),
    sealed: changes.filter(({ isSealed }) => isSealed === true).map(({ path }) => path),
  };
}

function createFiredRule(rule: CompiledRule, plan: ScanPlan, findings: ContentFindings): FiredRule {
  const { policyId, detectorId, severity, shadow, detector } = rule;
  const cannotRedact = plan.detectors[detector]?.kind === 'size' || findings.inNames[detector] === true;
  const action = rule.action === 'redact' && cannotRedact ? 'block' : rule.action;
  return { policyId, detectorId, severity, action, shadow, count: findings.counts[detector] ?? 0 };
}

function findStrongest(fired: readonly FiredRule[]): PolicyAction {
  let strongest: PolicyAction = 'allow';
  for (const { action, shadow } of fired) {
    if (!shadow && STRENGTH[action] > STRENGTH[strongest]) strongest = action;
  }
  return strongest;
}

function findBlocking(fired: readonly FiredRule[]): GateVerdict['blockedBy'] {
  let gravest: FiredRule | null = null;
  for (const rule of fired) {
    if (rule.shadow || rule.action !== 'block') continue;
    if (gravest === null || isGraver(rule.severity, gravest.severity)) gravest = rule;
  }
  return gravest === null ? null : { policyId: gravest.policyId, detectorId: gravest.detectorId };
}

function redact(plan: ScanPlan, findings: ContentFindings): BodyText[] {
  const detectors = plan.detectors.filter(
    (detector, index): detector is TextDetector => detector.kind !== 'size' && plan.redacts[index] === true,
  );
  return findings.redactable.flatMap((run) => redactRun(detectors, run));
}
