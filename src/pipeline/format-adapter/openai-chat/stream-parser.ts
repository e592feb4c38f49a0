import type { NativeOutputPart, NativeStreamEvent } from '../../../chat/native-response.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../common/json.js';
import type { StreamParser } from '../dialect-adapter.port.js';
import type { SseFrame } from '../sse-frames.js';
import { type FrameTranslator, parseFrameData, SseStreamParser } from '../sse-stream-parser.js';
import { readArray, readCount, readNullableString, readObject, readString } from '../upstream-reader.js';
import { parseUsage } from './convert-usage.js';
import { parseFinishReason } from './map-finish-reason.js';
import { parseError } from './parse-error.js';

export function createStreamParser(): StreamParser {
  return new SseStreamParser(new ChunkTranslator());
}

type SpokenType = 'text' | 'refusal' | 'reasoning';

/**
 * `chat.completion.chunk` frames to native events. The wire has no part boundaries: a part of text, refusal or reasoning
 * ends where another kind begins; tool calls are told apart by their `index`, may interleave, and end with the answer.
 */
class ChunkTranslator implements FrameTranslator {
  hasEnded = false;
  hasFailed = false;
  private hasStarted = false;
  private hasFinished = false;
  private nextIndex = 0;
  private spoken: { type: SpokenType; index: number } | null = null;
  /** Wire index of a tool call to native part index. */
  private readonly toolCalls = new Map<number, number>();
  /** Whether the reasoning details bring the text themselves, so that `reasoning_content` repeats it. */
  private hasDetailText = false;

  translate(frame: SseFrame, events: NativeStreamEvent[]): void {
    if (frame.data === '[DONE]') {
      this.hasEnded = true;
      return;
    }
    const chunk = parseFrameData(frame);
    if (isError(chunk.error) || frame.event === 'error') {
      this.addError(chunk, events);
      return;
    }
    this.addStart(chunk, events);
    this.addChoice(chunk, events);
    const usage = parseUsage(chunk.usage);
    if (usage !== null) events.push({ type: 'usage', usage });
  }

  private addError(chunk: JsonObject, events: NativeStreamEvent[]): void {
    this.hasFailed = true;
    const { code, message } = parseError(chunk);
    const status = readCount(readObject(chunk.error)?.code);
    events.push({ type: 'error', code: code ?? 'upstream_error', message, status });
  }

  private addStart(chunk: JsonObject, events: NativeStreamEvent[]): void {
    if (this.hasStarted) return;
    this.hasStarted = true;
    events.push({
      type: 'start',
      id: readString(chunk.id),
      model: readString(chunk.model),
      createdAtSeconds: readCount(chunk.created) ?? 0,
    });
  }

  /** Only the first choice: translation refuses requests for more. */
  private addChoice(chunk: JsonObject, events: NativeStreamEvent[]): void {
    const choice = readArray(chunk.choices)[0];
    if (!isJsonObject(choice) || (choice.index ?? 0) !== 0 || this.hasFinished) return;
    const delta = readObject(choice.delta);
    if (delta !== null) this.addDelta(delta, events);
    if (typeof choice.finish_reason === 'string') this.addFinish(choice.finish_reason, events);
  }

  private addDelta(delta: JsonObject, events: NativeStreamEvent[]): void {
    this.addReasoning(delta, events);
    this.addSpoken('text', readString(delta.content), events);
    this.addSpoken('refusal', readString(delta.refusal), events);
    for (const call of readArray(delta.tool_calls)) {
      if (isJsonObject(call)) this.addToolCall(call, events);
    }
  }

  private addReasoning(delta: JsonObject, events: NativeStreamEvent[]): void {
    for (const detail of readArray(delta.reasoning_details)) {
      if (isJsonObject(detail)) this.addReasoningDetail(detail, events);
    }
    if (!this.hasDetailText)
      this.addSpoken('reasoning', readString(delta.reasoning_content ?? delta.reasoning), events);
  }

  private addReasoningDetail(detail: JsonObject, events: NativeStreamEvent[]): void {
    if (detail.type === 'reasoning.encrypted') {
      this.endSpoken(events);
      const index = this.startPart({ type: 'reasoning-redacted', data: readString(detail.data) }, events);
      events.push({ type: 'part-end', index });
    }
    if (detail.type !== 'reasoning.text') return;
    const text = readString(detail.text);
    if (text !== '') this.hasDetailText = true;
    this.addSpoken('reasoning', text, events);
    const signature = readNullableString(detail.signature);
    if (signature === null) return;
    const index = this.openSpoken('reasoning', events);
    events.push({ type: 'reasoning-signature', index, signature });
    // A signature closes its thought; what follows is another one.
    this.endSpoken(events);
  }

  private addSpoken(type: SpokenType, text: string, events: NativeStreamEvent[]): void {
    if (text === '') return;
    const index = this.openSpoken(type, events);
    events.push({ type: `${type}-delta`, index, text });
  }

  private openSpoken(type: SpokenType, events: NativeStreamEvent[]): number {
    if (this.spoken?.type === type) return this.spoken.index;
    this.endSpoken(events);
    const index = this.startPart(
      type === 'reasoning' ? { type, text: '', signature: null } : { type, text: '' },
      events,
    );
    this.spoken = { type, index };
    return index;
  }

  private endSpoken(events: NativeStreamEvent[]): void {
    if (this.spoken === null) return;
    events.push({ type: 'part-end', index: this.spoken.index });
    this.spoken = null;
  }

  private addToolCall(call: JsonObject, events: NativeStreamEvent[]): void {
    const target = readObject(call.function);
    const wireIndex = readCount(call.index) ?? this.findWireIndex(call);
    let index = this.toolCalls.get(wireIndex);
    if (index === undefined) {
      this.endSpoken(events);
      const part = {
        type: 'tool-call' as const,
        id: readString(call.id),
        name: readString(target?.name),
        argumentsJson: '',
      };
      index = this.startPart(part, events);
      this.toolCalls.set(wireIndex, index);
    }
    const argumentsJson = readString(target?.arguments);
    if (argumentsJson !== '') events.push({ type: 'tool-call-delta', index, argumentsJson });
  }

  /** Servers that leave the index out send whole calls, each with its id; without one it continues the last. */
  private findWireIndex(call: JsonObject): number {
    return readString(call.id) === '' ? Math.max(0, this.toolCalls.size - 1) : this.toolCalls.size;
  }

  private startPart(part: NativeOutputPart, events: NativeStreamEvent[]): number {
    const index = this.nextIndex;
    this.nextIndex += 1;
    events.push({ type: 'part-start', index, part });
    return index;
  }

  private addFinish(reason: string, events: NativeStreamEvent[]): void {
    this.hasFinished = true;
    this.endSpoken(events);
    for (const index of this.toolCalls.values()) events.push({ type: 'part-end', index });
    events.push({
      type: 'finish',
      reason: parseFinishReason(reason, this.toolCalls.size > 0),
      stopSequence: null,
    });
  }
}

function isError(error: JsonValue | undefined): boolean {
  return isJsonObject(error) || (typeof error === 'string' && error !== '');
}
