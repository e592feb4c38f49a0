import type { TokenUsage } from '../../../chat/usage.js';
import type { PassThroughStream } from '../dialect-adapter.port.js';
import { FrameScan } from '../frame-scan.js';
import { findFrameObject, PassThroughWatch } from '../pass-through-watch.js';
import { readObject } from '../upstream-reader.js';
import { mergeUsage } from './convert-usage.js';
import { parseError } from './parse-error.js';

/** Nearly every frame of a stream starts with one of these lines and is not parsed. */
const BLOCK_EVENT = Buffer.from('event: content_block_');
const DELTA = Buffer.from('delta');
const PING_EVENT = Buffer.from('event: ping');
/** On the safe side for text of most languages. */
const BYTES_PER_TOKEN = 3;

/** Usage belongs to every Messages stream, so that there is nothing to hide and nothing to edit. */
export function createPassThrough(): PassThroughStream {
  return new EventWatch();
}

/** Learns usage, end and errors of a Messages stream; parses the few frames that are not about content. */
class EventWatch extends PassThroughWatch {
  private readonly scan = new FrameScan();
  private reported: TokenUsage | null = null;
  private isOutputReported = false;

  /**
   * A stream opens with its input, which is exact, and an output of next to nothing; the true output comes last. What a
   * stream that is cut before has produced is estimated from its bytes.
   */
  get usage(): TokenUsage | null {
    const { reported } = this;
    if (reported === null || this.isOutputReported) return reported;
    const estimated = Math.ceil(this.outputBytes / BYTES_PER_TOKEN);
    return { ...reported, outputTokens: Math.max(reported.outputTokens, estimated), source: 'estimate' };
  }

  protected inspect(bytes: Buffer, start: number, end: number): void {
    if (startsWith(bytes, start, end, BLOCK_EVENT)) {
      const isDelta = startsWith(bytes, start + BLOCK_EVENT.length, end, DELTA);
      if (isDelta) this.countText(bytes, start, end);
      return;
    }
    if (!startsWith(bytes, start, end, PING_EVENT)) this.inspectData(bytes, start, end);
  }

  private countText(bytes: Buffer, start: number, end: number): void {
    this.scan.scan(bytes, start, end);
    this.outputBytes += this.scan.textBytes;
  }

  private inspectData(bytes: Buffer, start: number, end: number): void {
    const data = findFrameObject(bytes, start, end);
    if (data === null) return;
    switch (data.type) {
      case 'message_start':
        this.reported = mergeUsage(null, readObject(data.message)?.usage);
        return;
      case 'message_delta':
        this.reported = mergeUsage(this.reported, data.usage);
        this.isOutputReported = this.reported !== null;
        return;
      case 'message_stop':
        this.ended = true;
        return;
      case 'error':
        this.error ??= parseError(data);
        return;
      case 'content_block_delta':
        // An upstream that leaves the event lines out.
        this.countText(bytes, start, end);
        return;
      default:
        return;
    }
  }
}

function startsWith(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  const prefixEnd = start + prefix.length;
  return prefixEnd <= end && bytes.compare(prefix, 0, prefix.length, start, prefixEnd) === 0;
}
