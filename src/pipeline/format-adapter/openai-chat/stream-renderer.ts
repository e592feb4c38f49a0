import type { NativeChatRequest } from '../../../chat/native-request.js';
import type { FinishReason, NativeOutputPart, NativeStreamEvent } from '../../../chat/native-response.js';
import type { TokenUsage } from '../../../chat/usage.js';
import type { StreamRenderer } from '../dialect-adapter.port.js';
import { renderUsage } from './convert-usage.js';
import { renderFinishReason } from './map-finish-reason.js';
import { renderReasoningData, renderReasoningText } from './reasoning-details.js';

export function createStreamRenderer(request: NativeChatRequest): StreamRenderer {
  return new ChunkRenderer(request);
}

type StartEvent = Extract<NativeStreamEvent, { type: 'start' }>;
type ErrorEvent = Extract<NativeStreamEvent, { type: 'error' }>;

interface OpenToolCall {
  wireIndex: number;
  hasArguments: boolean;
}

/**
 * Native events as `chat.completion.chunk` frames. The members that every chunk repeats are serialised once. The usage
 * chunk comes last before `[DONE]`, only for a client that asked for it. After an error nothing more is written.
 */
class ChunkRenderer implements StreamRenderer {
  /** `data: {"id":...,"choices":` */
  private head = '';
  private readonly tail: string;
  private readonly includesUsage: boolean;
  private usage: TokenUsage | null = null;
  private toolCallCount = 0;
  private hasFinished = false;
  private readonly openToolCalls = new Map<number, OpenToolCall>();
  private hasFailed = false;

  constructor(private readonly request: NativeChatRequest) {
    this.includesUsage = request.streamIncludesUsage;
    this.tail = this.includesUsage ? ',"usage":null}\n\n' : '}\n\n';
  }

  render(event: NativeStreamEvent): string {
    if (this.hasFailed) return '';
    switch (event.type) {
      case 'start':
        return this.renderStart(event);
      case 'part-start':
        return this.renderPartStart(event.index, event.part);
      case 'text-delta':
        return this.renderDelta(`{"content":${JSON.stringify(event.text)}}`);
      case 'refusal-delta':
        return this.renderDelta(`{"refusal":${JSON.stringify(event.text)}}`);
      case 'reasoning-delta':
        return this.renderThought(event.index, event.text);
      case 'reasoning-signature':
        return this.renderDetail(renderReasoningText('', event.signature, event.index));
      case 'tool-call-delta':
        return this.renderArguments(event.index, event.argumentsJson);
      case 'part-end':
        return this.renderPartEnd(event.index);
      case 'usage':
        this.usage = event.usage;
        return '';
      case 'finish':
        return this.renderFinish(event.reason);
      case 'error':
        return this.renderError(event);
      case 'end':
        return `${this.renderMissingFinish()}${this.renderUsageChunk()}data: [DONE]\n\n`;
    }
  }

  private renderStart(event: StartEvent): string {
    const chunk = {
      id: event.id,
      object: 'chat.completion.chunk',
      created: event.createdAtSeconds,
      model: event.model === '' ? this.request.model : event.model,
    };
    this.head = `data: ${JSON.stringify(chunk).slice(0, -1)},"choices":`;
    return this.renderDelta('{"role":"assistant","content":"","refusal":null}');
  }

  private renderPartStart(index: number, part: NativeOutputPart): string {
    switch (part.type) {
      case 'text':
        return part.text === '' ? '' : this.renderDelta(`{"content":${JSON.stringify(part.text)}}`);
      case 'refusal':
        return part.text === '' ? '' : this.renderDelta(`{"refusal":${JSON.stringify(part.text)}}`);
      case 'reasoning':
        return this.renderThoughtStart(index, part);
      case 'reasoning-redacted':
        return this.renderDetail(renderReasoningData(part.data, index));
      case 'tool-call':
        return this.renderToolCallStart(index, part);
    }
  }

  private renderToolCallStart(index: number, part: Extract<NativeOutputPart, { type: 'tool-call' }>): string {
    const wireIndex = this.toolCallCount;
    this.toolCallCount += 1;
    this.openToolCalls.set(index, { wireIndex, hasArguments: part.argumentsJson !== '' });
    const call = {
      index: wireIndex,
      id: part.id,
      type: 'function',
      function: { name: part.name, arguments: part.argumentsJson },
    };
    return this.renderDelta(`{"tool_calls":[${JSON.stringify(call)}]}`);
  }

  private renderArguments(index: number, argumentsJson: string): string {
    const call = this.openToolCalls.get(index);
    if (call === undefined || argumentsJson === '') return '';
    call.hasArguments = true;
    const text = JSON.stringify(argumentsJson);
    return this.renderDelta(`{"tool_calls":[{"index":${call.wireIndex},"function":{"arguments":${text}}}]}`);
  }

  /** Clients parse the joined arguments as JSON, which nothing at all is not. */
  private renderPartEnd(index: number): string {
    const call = this.openToolCalls.get(index);
    if (call === undefined) return '';
    const rest = call.hasArguments ? '' : this.renderArguments(index, '{}');
    this.openToolCalls.delete(index);
    return rest;
  }

  private renderThoughtStart(index: number, part: Extract<NativeOutputPart, { type: 'reasoning' }>): string {
    const text = part.text === '' ? '' : this.renderThought(index, part.text);
    if (part.signature === null) return text;
    return text + this.renderDetail(renderReasoningText('', part.signature, index));
  }

  private renderThought(index: number, text: string): string {
    const detail = JSON.stringify(renderReasoningText(text, null, index));
    return this.renderDelta(`{"reasoning_content":${JSON.stringify(text)},"reasoning_details":[${detail}]}`);
  }

  private renderDetail(detail: object): string {
    return this.renderDelta(`{"reasoning_details":[${JSON.stringify(detail)}]}`);
  }

  private renderDelta(delta: string): string {
    return this.renderChoice(delta, 'null');
  }

  private renderChoice(delta: string, finishReason: string): string {
    return `${this.head}[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finishReason}}]${this.tail}`;
  }

  private renderFinish(reason: FinishReason): string {
    this.hasFinished = true;
    return this.renderChoice('{}', `"${renderFinishReason(reason)}"`);
  }

  /** Clients take an answer without a reason for a broken one. */
  private renderMissingFinish(): string {
    if (this.hasFinished) return '';
    return this.renderFinish(this.toolCallCount === 0 ? 'unknown' : 'tool-calls');
  }

  private renderUsageChunk(): string {
    if (!this.includesUsage || this.usage === null) return '';
    return `${this.head}[],"usage":${JSON.stringify(renderUsage(this.usage))}}\n\n`;
  }

  private renderError(event: ErrorEvent): string {
    this.hasFailed = true;
    const error = { message: event.message, type: 'server_error', param: null, code: event.code };
    return `data: ${JSON.stringify({ error })}\n\n`;
  }
}
