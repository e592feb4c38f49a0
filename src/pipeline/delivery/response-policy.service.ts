import { Injectable } from '@nestjs/common';
import type { NativeChatResponse } from '../../chat/native-response.js';
import type { JsonObject, JsonPath, JsonValue } from '../../common/json.js';
import { createPolicyViolation } from '../validation-gate/create-policy-violation.js';
import { collectTexts } from '../validation-gate/collect-texts.js';
import { ValidationGateService } from '../validation-gate/validation-gate.service.js';
import { FormatAdapterService } from '../format-adapter/format-adapter.service.js';
import type { RequestContext } from '../request-context.js';
import { type CollectedAnswer, parseAnswerBody, parseNativeBody, readNativeAnswer } from './collected-answer.js';

/** `redacted` is the answer to send instead of the bytes; null when the bytes may go out as they are. */
export interface CheckedAnswer extends CollectedAnswer {
  redacted: NativeChatResponse | null;
}

/** Response policies over a collected answer; they see every text of it, whatever its dialect and form. */
@Injectable()
export class ResponsePolicyService {
  constructor(
    private readonly gate: ValidationGateService,
    private readonly formatAdapter: FormatAdapterService,
  ) {}

  /** @throws GatewayError('policy_violation') when a policy blocks the answer. */
  check(context: RequestContext, answer: CollectedAnswer): CheckedAnswer {
    const { policies } = context.getPlan();
    if (!policies.hasResponsePolicy) {
      context.trace.skipStage('response-policy', 'no response policy applies');
      return { ...answer, redacted: null };
    }
    context.trace.beginStage('response-policy');
    const adapter = this.formatAdapter.getAdapter(answer.origin.dialect);
    const json = answer.form === 'whole' ? parseAnswerBody(answer.bytes) : adapter.renderResponse(readNativeAnswer(answer, adapter));
    const verdict = this.gate.evaluate(policies, 'response', collectTexts(json));
    context.addFindings(verdict);
    context.trace.logStage('response-policy', verdict.action === 'block' ? 'refused' : 'ran', verdict.action);
    if (verdict.action === 'block') throw createPolicyViolation(verdict, 'response');
    if (verdict.redactions.length === 0) return { ...answer, redacted: null };
    for (const { path, text } of verdict.redactions) replaceText(json, path, text);
    return { ...answer, redacted: parseNativeBody(json, adapter) };
  }
}

function replaceText(root: JsonObject, path: JsonPath, text: string): void {
  let parent: JsonValue | undefined = root;
  for (const part of path.slice(0, -1)) parent = (parent as Record<string | number, JsonValue>)[part];
  const last = path[path.length - 1];
  if (last !== undefined) (parent as Record<string | number, JsonValue>)[last] = text;
}
