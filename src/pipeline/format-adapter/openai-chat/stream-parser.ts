import type { NativeOutputPart, NativeStreamEvent } from '../../../chat/native-response.js';
import { isJsonObject, type JsonObject } from '../../../common/json.js';
import type { StreamParser } from '../dialect-adapter.port.js';
import type { SseFrame } from '../sse-frames.js';
import { type FrameTranslator, parseFrameData, SseStreamParser } from '../sse-stream-parser.js';
import { createToolCallId } from '../tool-arguments.js';
import { readArray, readCount, readNullableString, readObject, readString } from '../upstream-reader.js';
import { parseUsage } from './convert-usage.js';
import { parseFinishReason } from './map-finish-reason.js';
import { isErrorChunk, parseError } from './parse-error.js';

export function createStreamParser(): StreamParser {
  return new SseStreamParser(new ChunkTranslator());
}

type SpokenType = 'text' | 'refusal' | 'reasoning';

interface OpenToolCall {
  /** Native part index. */
  index: number;
  /** As the server wrote it; empty where it wrote none. */
  wireId: string;
}

/**
 * `chat.completion.chunk` frames to native events. The wire has no part boundaries: a part of text, refusal or reasoning
 * ends where another kind begins; tool calls are told apart by their `index`, may interleave, and end with the answer.
 */
class ChunkTranslator implements FrameTranslator {
  hasEnded = false;
  hasFailed = false;
  isComplete = false;
  private hasStarted = false;
  private answerId = '';
  private nextIndex = 0;
  private spoken: { type: SpokenType; index: number } | null = null;
  /** By wire index. */
  private readonly toolCalls = new Map<number, OpenToolCall>();
  private hasToolCalls = false;
  /** Whether the reasoning details bring the text themselves, so that `reasoning_content` repeats it. */
  private hasDetailText = false;

  translate(frame: SseFrame, events: NativeStreamEvent[]): void {
    if (frame.data.startsWith('[DONE]')) {
      this.end(events);
      return;
    }
    const chunk = parseFrameData(frame);
    if (isErrorChunk(chunk) || frame.event === 'error') {
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
    const { code, message, status } = parseError(chunk);
    events.push({ type: 'error', code: code ?? 'upstream_error', message, status });
  }

  private addStart(chunk: JsonObject, events: NativeStreamEvent[]): void {
    if (this.hasStarted) return;
    const id = readString(chunk.id);
    // Azure opens with its verdict on the prompt, in a chunk that has neither id nor model.
    if (id === '' && readArray(chunk.choices).length === 0) return;
    this.start(id, chunk, events);
  }

  private start(id: string, chunk: JsonObject, events: NativeStreamEvent[]): void {
    this.hasStarted = true;
    this.answerId = id;
    events.push({
      type: 'start',
      id,
      model: readString(chunk.model),
      createdAtSeconds: readCount(chunk.created) ?? 0,
    });
  }

  /** Only the first choice: translation refuses requests for more. */
  private addChoice(chunk: JsonObject, events: NativeStreamEvent[]): void {
    const choice = readArray(chunk.choices)[0];
    if (!isJsonObject(choice) || (choice.index ?? 0) !== 0 || this.isComplete) return;
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
    const name = readString(target?.name);
    const wireIndex = readCount(call.index) ?? this.findWireIndex(call);
    let open = this.toolCalls.get(wireIndex);
    if (open === undefined || isAnotherCall(open, readString(call.id), name)) {
      if (open !== undefined) events.push({ type: 'part-end', index: open.index });
      open = this.startToolCall(readString(call.id), name, events);
      this.toolCalls.set(wireIndex, open);
    }
    const argumentsJson = readString(target?.arguments);
    if (argumentsJson !== '') events.push({ type: 'tool-call-delta', index: open.index, argumentsJson });
  }

  private startToolCall(wireId: string, name: string, events: NativeStreamEvent[]): OpenToolCall {
    this.endSpoken(events);
    this.hasToolCalls = true;
    const id = wireId === '' ? createToolCallId(this.answerId, this.nextIndex) : wireId;
    const index = this.startPart({ type: 'tool-call', id, name, argumentsJson: '' }, events);
    return { index, wireId };
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

  private addFinish(reason: string | null, events: NativeStreamEvent[]): void {
    this.isComplete = true;
    this.endSpoken(events);
    for (const { index } of this.toolCalls.values()) events.push({ type: 'part-end', index });
    const finish = parseFinishReason(reason, this.hasToolCalls);
    events.push({ type: 'finish', reason: finish, stopSequence: null });
  }

  /** Renderers rely on a start and a finish, which a careless server may have left out. */
  private end(events: NativeStreamEvent[]): void {
    this.hasEnded = true;
    if (!this.hasStarted) this.start('', {}, events);
    if (!this.isComplete) this.addFinish(null, events);
  }
}

/** Some servers number every call 0, and tell them apart by id alone. */
function isAnotherCall(open: OpenToolCall, wireId: string, name: string): boolean {
  return name !== '' && wireId !== '' && open.wireId !== '' && open.wireId !== wireId;
}
