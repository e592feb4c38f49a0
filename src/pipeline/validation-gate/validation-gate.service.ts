import { Injectable } from '@nestjs/common';
import type { PolicyConfig } from '../../tenancy/config-snapshot.js';
import { applyPolicy, type GateVerdict } from './apply-policy.js';
import { checkContent } from './check-content.js';
import { classifyRisk } from './classify-risk.js';
import type { BodyTexts } from './collect-texts.js';
import { type CompiledPolicies, compilePolicies, type Direction } from './compile-policies.js';
import { DetectorCache } from './detector-cache.js';

/**
 * Validation Gate: what policies make of the texts of a request or an answer.
 *
 * Guarantees: every text that a model or a client may read is looked at, in known and unknown fields; the strongest action
 * of all enforced rules is taken; policies in shadow are recorded and change nothing; what a redaction leaves was looked at
 * again and is clean; nothing of a text is in a verdict but the redacted strings themselves.
 *
 * 1. `compile`, once per snapshot and set of policies: each distinct detector once, whichever policies it stands in.
 * 2. `checkContent` walks the body and gives each text to each detector: as it is written; where escapes, zero-width or
 *    look-alike characters hide something, also as it reads; neighbouring parts of a message also as one text.
 * 3. `classifyRisk` names the gravest severity found, `applyPolicy` decides and writes the redacted strings.
 *
 * A text that its provider signed (a thought) is looked at like any other and never edited; the verdict names it in `sealed`.
 *
 * Limits: media are not looked into (nor are text files sent as base64), encodings other than JSON escapes are not undone,
 * and a text that is spread over several messages is not put together.
 *
 * No I/O, no state but compiled detectors, linear in the body: with card and secret detectors about 2 us for 0.3 kB of
 * prose and 80 us for 16 kB, a keyword list or an RE2 pattern as much again.
 */
@Injectable()
export class ValidationGateService {
  private readonly detectors = new DetectorCache();

  /** @throws Error for a detector that `detectorSchema` would have refused: then nothing passes, rather than unchecked. */
  compile(policies: readonly PolicyConfig[]): CompiledPolicies {
    return compilePolicies(policies, (config) => this.detectors.getDetector(config));
  }

  /** @throws GatewayError('upstream_error') for an answer that nests too deep to be checked. */
  evaluate(policies: CompiledPolicies, direction: Direction, texts: BodyTexts): GateVerdict {
    const plan = policies.getPlan(direction);
    const findings = checkContent(plan, texts);
    const riskClass = classifyRisk(plan, findings);
    return applyPolicy(plan, findings, riskClass);
  }
}
