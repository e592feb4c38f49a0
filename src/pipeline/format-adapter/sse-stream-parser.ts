import type { NativeStreamEvent } from '../../chat/native-response.js';
import { isJsonObject, type JsonObject } from '../../common/json.js';
import { type StreamParser, UpstreamFormatError } from './dialect-adapter.port.js';
import { type SseFrame, SseFrameReader } from './sse-frames.js';

/** One dialect's half of a stream parser: from frames to native events. */
export interface FrameTranslator {
  /** The dialect's end marker was seen. */
  readonly hasEnded: boolean;
  /** All that makes an answer was seen, but for the end marker, which some servers leave out. */
  readonly isComplete: boolean;
  /** The upstream reported an error inside the stream; nothing after it counts. */
  readonly hasFailed: boolean;
  /** Appends the frame's events. @throws UpstreamFormatError when the frame is not of the dialect. */
  translate(frame: SseFrame, events: NativeStreamEvent[]): void;
}

const CUT: NativeStreamEvent = {
  type: 'error',
  code: 'stream_cut',
  message: 'The provider ended the stream before the answer was complete.',
  status: null,
};

/**
 * SSE bytes to native events, the same for all dialects. Never throws: bytes that are not the dialect's become one
 * `error` event, after which nothing more is read.
 */
export class SseStreamParser implements StreamParser {
  private readonly reader = new SseFrameReader();
  private hasFailed = false;

  constructor(private readonly translator: FrameTranslator) {}

  push(chunk: Uint8Array): NativeStreamEvent[] {
    const events: NativeStreamEvent[] = [];
    if (this.isOver) return events;
    try {
      this.translate(this.reader.push(chunk), events);
    } catch (cause) {
      this.fail(cause, events);
    }
    return events;
  }

  finish(): NativeStreamEvent[] {
    const events: NativeStreamEvent[] = [];
    const isClean = this.isOver || this.readRest(events);
    if (this.hasFailed || this.translator.hasFailed) return events;
    const hasEnded = this.translator.hasEnded || (this.translator.isComplete && isClean);
    events.push(hasEnded ? { type: 'end' } : CUT);
    return events;
  }

  get isOver(): boolean {
    return this.hasFailed || this.translator.hasEnded || this.translator.hasFailed;
  }

  /** Whether the last frame was whole: one that the end of the stream cut is a cut stream, not a malformed one. */
  private readRest(events: NativeStreamEvent[]): boolean {
    try {
      this.translate(this.reader.finish(), events);
      return true;
    } catch (cause) {
      if (!(cause instanceof UpstreamFormatError)) throw cause;
      return false;
    }
  }

  private translate(frames: readonly SseFrame[], events: NativeStreamEvent[]): void {
    for (const frame of frames) {
      if (this.isOver) return;
      this.translator.translate(frame, events);
    }
  }

  private fail(cause: unknown, events: NativeStreamEvent[]): void {
    if (!(cause instanceof UpstreamFormatError)) throw cause;
    this.hasFailed = true;
    events.push({
      type: 'error',
      code: 'malformed_stream',
      message: 'The provider sent a malformed stream.',
      status: null,
    });
  }
}

/** @throws UpstreamFormatError when the data is not a JSON object. */
export function parseFrameData(frame: SseFrame): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(frame.data);
  } catch (cause) {
    throw new UpstreamFormatError('A stream frame is not JSON', { cause });
  }
  if (!isJsonObject(value)) throw new UpstreamFormatError('A stream frame is not a JSON object');
  return value;
}
