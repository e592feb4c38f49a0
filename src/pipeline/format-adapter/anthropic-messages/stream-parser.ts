import type { NativeOutputPart, NativeStreamEvent } from '../../../chat/native-response.js';
import type { TokenUsage } from '../../../chat/usage.js';
import type { JsonObject } from '../../../common/json.js';
import { type StreamParser, UpstreamFormatError } from '../dialect-adapter.port.js';
import type { SseFrame } from '../sse-frames.js';
import { type FrameTranslator, parseFrameData, SseStreamParser } from '../sse-stream-parser.js';
import { readCount, readNullableString, readObject, readString } from '../upstream-reader.js';
import { mergeUsage } from './convert-usage.js';
import { parseFinishReason } from './map-finish-reason.js';
import { parseError } from './parse-error.js';
import { parseOutputBlock } from './parse-response.js';

export function createStreamParser(createdAtSeconds: number): StreamParser {
  return new SseStreamParser(new EventTranslator(createdAtSeconds));
}

/** Events of a Messages stream to native events. Unknown events, blocks and deltas are passed over, as the API asks for. */
class EventTranslator implements FrameTranslator {
  hasEnded = false;
  hasFailed = false;
  /** The API always sends its end marker. */
  readonly isComplete = false;
  private usage: TokenUsage | null = null;
  private nextIndex = 0;
  /** Wire index of a block to native part index; blocks of the provider's own tools have none. */
  private readonly parts = new Map<number, number>();

  constructor(private readonly createdAtSeconds: number) {}

  translate(frame: SseFrame, events: NativeStreamEvent[]): void {
    if (frame.event === 'ping') return;
    const data = parseFrameData(frame);
    switch (data.type) {
      case 'message_start':
        this.addStart(data, events);
        return;
      case 'content_block_start':
        this.addBlock(data, events);
        return;
      case 'content_block_delta':
        this.addDelta(data, events);
        return;
      case 'content_block_stop':
        this.addBlockStop(data, events);
        return;
      case 'message_delta':
        this.addMessageDelta(data, events);
        return;
      case 'message_stop':
        this.hasEnded = true;
        return;
      case 'error':
        this.addError(data, events);
        return;
      default:
        return;
    }
  }

  private addStart(data: JsonObject, events: NativeStreamEvent[]): void {
    const message = readObject(data.message);
    if (message === null) throw new UpstreamFormatError('message_start has no message');
    const { createdAtSeconds } = this;
    events.push({
      type: 'start',
      id: readString(message.id),
      model: readString(message.model),
      createdAtSeconds,
    });
    this.usage = mergeUsage(null, message.usage);
    if (this.usage !== null) events.push({ type: 'usage', usage: this.usage });
  }

  private addBlock(data: JsonObject, events: NativeStreamEvent[]): void {
    const block = readObject(data.content_block);
    const part = block === null ? null : parseOutputBlock(block);
    const wireIndex = readCount(data.index);
    if (part === null || wireIndex === null) return;
    const index = this.nextIndex;
    this.nextIndex += 1;
    this.parts.set(wireIndex, index);
    events.push({ type: 'part-start', index, part: emptyArguments(part) });
  }

  private addDelta(data: JsonObject, events: NativeStreamEvent[]): void {
    const index = this.parts.get(readCount(data.index) ?? -1);
    const delta = readObject(data.delta);
    if (index === undefined || delta === null) return;
    switch (delta.type) {
      case 'text_delta':
        events.push({ type: 'text-delta', index, text: readString(delta.text) });
        return;
      case 'thinking_delta':
        events.push({ type: 'reasoning-delta', index, text: readString(delta.thinking) });
        return;
      case 'signature_delta':
        events.push({ type: 'reasoning-signature', index, signature: readString(delta.signature) });
        return;
      case 'input_json_delta':
        events.push({ type: 'tool-call-delta', index, argumentsJson: readString(delta.partial_json) });
        return;
      default:
        return;
    }
  }

  private addBlockStop(data: JsonObject, events: NativeStreamEvent[]): void {
    const wireIndex = readCount(data.index) ?? -1;
    const index = this.parts.get(wireIndex);
    if (index === undefined) return;
    this.parts.delete(wireIndex);
    events.push({ type: 'part-end', index });
  }

  private addMessageDelta(data: JsonObject, events: NativeStreamEvent[]): void {
    this.usage = mergeUsage(this.usage, data.usage);
    if (this.usage !== null) events.push({ type: 'usage', usage: this.usage });
    const delta = readObject(data.delta);
    if (delta === null || typeof delta.stop_reason !== 'string') return;
    const stopSequence = readNullableString(delta.stop_sequence);
    events.push({ type: 'finish', reason: parseFinishReason(delta.stop_reason), stopSequence });
  }

  private addError(data: JsonObject, events: NativeStreamEvent[]): void {
    this.hasFailed = true;
    const { code, message, status } = parseError(data);
    events.push({ type: 'error', code: code ?? 'upstream_error', message, status });
  }
}

/** The `input` that starts a tool call is empty and comes in deltas; written with both, arguments would be told twice. */
function emptyArguments(part: NativeOutputPart): NativeOutputPart {
  return part.type === 'tool-call' && part.argumentsJson === '{}' ? { ...part, argumentsJson: '' } : part;
}
