import { Injectable } from '@nestjs/common';
import type { NativeChatResponse } from '../../chat/native-response.js';
import type { GateVerdict } from '../validation-gate/apply-policy.js';
import { type BodyTexts, collectTexts } from '../validation-gate/collect-texts.js';
import { createPolicyViolation } from '../validation-gate/create-policy-violation.js';
import { ValidationGateService } from '../validation-gate/validation-gate.service.js';
import { FormatAdapterService } from '../format-adapter/format-adapter.service.js';
import type { RequestContext } from '../request-context.js';
import {
  type CollectedAnswer,
  parseAnswerBody,
  parseNativeBody,
  readNativeAnswer,
} from './collected-answer.js';
import { redactAnswer, replaceTexts } from './redact-answer.js';
import { StreamTexts } from './stream-texts.js';

/** `redacted` is the answer to send instead of the bytes; null when the bytes may go out as they are. */
export interface CheckedAnswer extends CollectedAnswer {
  redacted: NativeChatResponse | null;
}

/**
 * Response policies over a collected answer; they see every text of it, whatever its dialect and form. In a redacted body
 * only the texts change. A redacted stream is told anew from what the native format holds of it: its first choice, without
 * blocks and fields that are not known.
 */
@Injectable()
export class ResponsePolicyService {
  constructor(
    private readonly gate: ValidationGateService,
    private readonly formatAdapter: FormatAdapterService,
  ) {}

  /** @throws GatewayError('policy_violation') when a policy blocks the answer. */
  check(context: RequestContext, answer: CollectedAnswer): CheckedAnswer {
    if (!context.getPlan().policies.hasResponsePolicy) {
      context.trace.skipStage('response-policy', 'no response policy applies');
      return { ...answer, redacted: null };
    }
    context.trace.beginStage('response-policy');
    return answer.form === 'whole' ? this.checkBody(context, answer) : this.checkStream(context, answer);
  }

  private checkBody(context: RequestContext, answer: CollectedAnswer): CheckedAnswer {
    const json = parseAnswerBody(answer.bytes);
    const { redactions } = this.evaluate(context, collectTexts(json));
    if (redactions.length === 0) return { ...answer, redacted: null };
    return { ...answer, bytes: redactAnswer(answer.bytes, json, redactions), redacted: null };
  }

  private checkStream(context: RequestContext, answer: CollectedAnswer): CheckedAnswer {
    const adapter = this.formatAdapter.getAdapter(answer.origin.dialect);
    const json = adapter.renderResponse(readNativeAnswer(answer, adapter));
    const { redactions } = this.evaluate(context, new StreamTexts(json, answer.bytes));
    if (redactions.length === 0) return { ...answer, redacted: null };
    replaceTexts(json, redactions);
    return { ...answer, redacted: parseNativeBody(json, adapter) };
  }

  /** @throws GatewayError('policy_violation') */
  private evaluate(context: RequestContext, texts: BodyTexts): GateVerdict {
    const verdict = this.gate.evaluate(context.getPlan().policies, 'response', texts);
    context.addFindings(verdict);
    context.trace.logStage('response-policy', verdict.action === 'block' ? 'refused' : 'ran', verdict.action);
    if (verdict.action === 'block') throw createPolicyViolation(verdict, 'response');
    return verdict;
  }
}
