import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { getRequestContext, type RequestContext } from '../request-context.js';
import { FormatAdapterService } from '../format-adapter/format-adapter.service.js';
import { scanJsonBody } from '../request-router/scan-json-body.js';
import { blockSealed } from './block-sealed.js';
import { collectTexts } from './collect-texts.js';
import { createPolicyViolation } from './create-policy-violation.js';
import { redactBody } from './redact-body.js';
import { ValidationGateService } from './validation-gate.service.js';
import type { GateVerdict } from './apply-policy.js';

/**
 * Request policies: allow, flag, redact or block, before anything is reserved or sent. A finding in a signed thought that
 * should be redacted is a block: the provider would refuse the edited thought.
 */
@Injectable()
export class ValidationGuard implements CanActivate {
  constructor(
    private readonly gate: ValidationGateService,
    private readonly formatAdapter: FormatAdapterService,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    this.check(getRequestContext(context));
    return true;
  }

  /** @throws GatewayError('policy_violation') */
  private check(context: RequestContext): void {
    const { policies } = context.getPlan();
    if (!policies.hasRequestPolicy) {
      context.trace.skipStage('validation-gate', 'no request policy applies');
      return;
    }
    context.trace.beginStage('validation-gate');
    const { scanned } = context.getBody();
    const texts = collectTexts(scanned.json, { hidesNothing: scanned.isPlainAscii });
    const verdict = blockSealed(this.gate.evaluate(policies, 'request', texts));
    context.addFindings(verdict);
    context.trace.logStage('validation-gate', verdict.action === 'block' ? 'refused' : 'ran', verdict.action);
    if (verdict.action === 'block') throw createPolicyViolation(verdict, 'request');
    if (verdict.redactions.length > 0) this.redact(context, verdict);
  }

  /** Only the redacted strings change; every other byte stays as the client wrote it. */
  private redact(context: RequestContext, verdict: GateVerdict): void {
    const { bytes, native } = context.getBody();
    const redacted = redactBody(bytes, verdict.redactions);
    const scanned = scanJsonBody(redacted);
    const adapted = this.formatAdapter.adaptToNative(native.dialect, scanned.json);
    context.body = { bytes: redacted, scanned, native: adapted };
  }
}
