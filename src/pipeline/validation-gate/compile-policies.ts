import type { DetectorConfig, PolicyAction, PolicyConfig, Severity } from '../../tenancy/config-snapshot.js';
import type { Detector } from './detector.port.js';

export type Direction = 'request' | 'response';

/** A detector in a policy. */
export interface CompiledRule {
  policyId: string;
  detectorId: string;
  severity: Severity;
  action: PolicyAction;
  /** Recorded when it fires, and nothing else. */
  shadow: boolean;
  /** Index into the plan's detectors. */
  detector: number;
}

/** All rules of one direction, and the detectors they need: each distinct one once. */
export interface ScanPlan {
  readonly detectors: readonly Detector[];
  readonly rules: readonly CompiledRule[];
  /** Per detector: some enforced rule redacts what it finds. */
  readonly redacts: readonly boolean[];
}

/** Policies as they run: made once per snapshot, shared by all requests, never changed. */
export class CompiledPolicies {
  /** Some rule looks at requests, if only in shadow. */
  readonly hasRequestPolicy: boolean;
  /** Some rule looks at answers, if only in shadow. */
  readonly hasResponsePolicy: boolean;
  /** Some rule may act on answers, so that none may leave before it was seen whole. */
  readonly enforcesResponses: boolean;

  constructor(
    private readonly request: ScanPlan,
    private readonly response: ScanPlan,
  ) {
    this.hasRequestPolicy = request.rules.length > 0;
    this.hasResponsePolicy = response.rules.length > 0;
    this.enforcesResponses = response.rules.some((rule) => !rule.shadow);
  }

  getPlan(direction: Direction): ScanPlan {
    return direction === 'request' ? this.request : this.response;
  }
}

/** @param getDetector gives the same object for detectors that find the same. */
export function compilePolicies(
  policies: readonly PolicyConfig[],
  getDetector: (config: DetectorConfig) => Detector,
): CompiledPolicies {
  const compile = (direction: Direction) => {
    const applying = policies.filter(
      (policy) => policy.direction === direction || policy.direction === 'both',
    );
    return compilePlan(applying, getDetector);
  };
  return new CompiledPolicies(compile('request'), compile('response'));
}

function compilePlan(
  policies: readonly PolicyConfig[],
  getDetector: (config: DetectorConfig) => Detector,
): ScanPlan {
  const detectors: Detector[] = [];
  const redacts: boolean[] = [];
  const indexes = new Map<Detector, number>();
  const rules: CompiledRule[] = [];
  for (const policy of policies) {
    for (const config of policy.detectors) {
      const detector = getDetector(config);
      const index = indexes.get(detector) ?? detectors.push(detector) - 1;
      indexes.set(detector, index);
      const rule = createRule(policy, config, index);
      redacts[index] = (redacts[index] ?? false) || (!rule.shadow && rule.action === 'redact');
      rules.push(rule);
    }
  }
  return { detectors, rules, redacts };
}

function createRule(policy: PolicyConfig, config: DetectorConfig, detector: number): CompiledRule {
  return {
    policyId: policy.id,
    detectorId: config.id,
    severity: config.severity,
    action: policy.actions[config.severity],
    shadow: policy.mode === 'shadow',
    detector,
  };
}
