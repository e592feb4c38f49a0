import { Injectable } from '@nestjs/common';
import type { NativeChatResponse } from '../../chat/native-response.js';
import { isJsonObject, type JsonObject } from '../../common/json.js';
import type { GateVerdict } from '../validation-gate/apply-policy.js';
import { blockSealed } from '../validation-gate/block-sealed.js';
import { type BodyTexts, collectTexts } from '../validation-gate/collect-texts.js';
import { createPolicyViolation } from '../validation-gate/create-policy-violation.js';
import { ValidationGateService } from '../validation-gate/validation-gate.service.js';
import type { DialectAdapter } from '../format-adapter/dialect-adapter.port.js';
import { FormatAdapterService } from '../format-adapter/format-adapter.service.js';
import type { RequestContext } from '../request-context.js';
import { WireBytes } from '../wire-bytes.js';
import { renderChoicesStream, splitFurtherChoices } from './choice-streams.js';
import {
  type CollectedAnswer,
  parseAnswerBody,
  parseNativeBody,
  readNativeAnswer,
} from './collected-answer.js';
import { isInside, redactAnswer, replaceTexts } from './redact-answer.js';
import { StreamTexts } from './stream-texts.js';
import { canWithholdThoughts, replaceLists, withholdThoughts } from './withhold-thoughts.js';

/** `redacted` is the answer to send instead of the bytes; null when the bytes may go out as they are. */
export interface CheckedAnswer extends CollectedAnswer {
  redacted: NativeChatResponse | null;
}

/**
 * Response policies over a collected answer; they see every text of it, whatever its dialect and form. In a redacted body
 * only the texts change. A thought that is signed cannot be edited, the client has to send it back as it was: one in which
 * something has to be redacted is left out, or, where the answer calls tools, the answer is blocked. A redacted stream is told
 * anew from what the native format holds of each of its choices, without blocks and fields that are not known.
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
    const json = parseAnswerBody(answer.body.buffer);
    const { redactions, sealed } = this.evaluate(context, json, collectTexts(json));
    if (redactions.length === 0 && sealed.length === 0) return { ...answer, redacted: null };
    replaceTexts(json, redactions);
    const lists = withholdThoughts(json, sealed);
    const outside = redactions.filter(({ path }) => !isInside(path, lists));
    const bytes = replaceLists(redactAnswer(answer.body.buffer, json, outside), json, lists);
    return { ...answer, body: WireBytes.ofBuffer(bytes), redacted: null };
  }

  private checkStream(context: RequestContext, answer: CollectedAnswer): CheckedAnswer {
    const adapter = this.formatAdapter.getAdapter(answer.origin.dialect);
    const json = adapter.renderResponse(readNativeAnswer(answer, adapter));
    const hasMore = this.addFurtherChoices(json, answer, adapter);
    const { redactions, sealed } = this.evaluate(context, json, new StreamTexts(json, answer.body.buffer));
    if (redactions.length === 0 && sealed.length === 0) return { ...answer, redacted: null };
    replaceTexts(json, redactions);
    withholdThoughts(json, sealed);
    return hasMore
      ? { ...answer, body: WireBytes.ofBuffer(renderChoicesStream(json)), redacted: null }
      : { ...answer, redacted: parseNativeBody(json, adapter) };
  }

  /** Puts them into the body that the first one has made. Whether there are any. */
  private addFurtherChoices(json: JsonObject, answer: CollectedAnswer, adapter: DialectAdapter): boolean {
    const { choices } = json;
    if (!Array.isArray(choices)) return false;
    const streams = splitFurtherChoices(answer.body.buffer);
    for (const { index, bytes } of streams) {
      const body = adapter.renderResponse(
        readNativeAnswer({ ...answer, body: WireBytes.ofBuffer(bytes) }, adapter),
      );
      const [choice] = Array.isArray(body.choices) ? body.choices : [];
      if (isJsonObject(choice)) choices.push({ ...choice, index });
    }
    return streams.length > 0;
  }

  /** @throws GatewayError('policy_violation') */
  private evaluate(context: RequestContext, json: JsonObject, texts: BodyTexts): GateVerdict {
    const found = this.gate.evaluate(context.getPlan().policies, 'response', texts);
    const verdict = canWithholdThoughts(json, found.sealed) ? found : blockSealed(found);
    context.addFindings(verdict);
    context.trace.logStage('response-policy', verdict.action === 'block' ? 'refused' : 'ran', verdict.action);
    if (verdict.action === 'block') throw createPolicyViolation(verdict, 'response');
    return verdict;
  }
}
