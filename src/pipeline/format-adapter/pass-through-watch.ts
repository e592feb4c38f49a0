import type { TokenUsage } from '../../chat/usage.js';
import { isJsonObject, type JsonObject } from '../../common/json.js';
import type { PassThroughStream, UpstreamErrorDescription } from './dialect-adapter.port.js';
import { parseSseFrame, SseFrameSplitter } from './sse-frames.js';

/**
 * Reads along while a stream passes unchanged. Chunks are forwarded as the same object, at once; only the bytes of a
 * frame that is cut by the end of a chunk are kept (as a view) until the frame is complete and can be looked at.
 * A frame beyond the splitter's bound is forwarded and not looked at.
 */
export abstract class PassThroughWatch extends SseFrameSplitter implements PassThroughStream {
  ended = false;
  error: UpstreamErrorDescription | null = null;
  outputBytes = 0;

  abstract readonly usage: TokenUsage | null;

  push(chunk: Buffer): Buffer | null {
    this.split(chunk);
    return chunk;
  }

  finish(): Buffer | null {
    const rest = this.takeUnfinished();
    if (rest !== null) this.handleFrame(rest, 0, rest.length);
    return null;
  }

  /** Learns from one frame. Called once per frame. */
  protected abstract inspect(bytes: Buffer, start: number, end: number): void;

  protected handleFrame(bytes: Buffer, start: number, end: number): void {
    this.inspect(bytes, start, end);
  }

  protected handleOversized(bytes: Buffer): void {
    this.outputBytes += bytes.length;
  }
}

/** The frame's data as an object, or null: an unusual frame is the client's matter, not a reason to stop. */
export function findFrameObject(bytes: Buffer, start: number, end: number): JsonObject | null {
  const frame = parseSseFrame(bytes.toString('utf8', start, end));
  if (frame === null) return null;
  try {
    const value: unknown = JSON.parse(frame.data);
    return isJsonObject(value) ? value : null;
  } catch {
    // Not JSON; passes through like everything else.
    return null;
  }
}
