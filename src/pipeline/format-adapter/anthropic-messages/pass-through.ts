import type { PassThroughStream } from '../dialect-adapter.port.js';
import { countDeltaBytes } from '../delta-bytes.js';
import { findFrameObject, PassThroughWatch } from '../pass-through-watch.js';
import { readObject } from '../upstream-reader.js';
import { mergeUsage, parseUsage } from './convert-usage.js';
import { parseError } from './parse-error.js';

/** Nearly every frame of a stream starts with one of these lines and is not parsed. */
const BLOCK_EVENT = Buffer.from('event: content_block_');
const DELTA = Buffer.from('delta');
const PING_EVENT = Buffer.from('event: ping');

/** Usage belongs to every Messages stream, so that there is nothing to hide and nothing to edit. */
export function createPassThrough(): PassThroughStream {
  return new EventWatch();
}

/** Learns usage, end and errors of a Messages stream; parses the few frames that are not about content. */
class EventWatch extends PassThroughWatch {
  protected inspect(bytes: Buffer, start: number, end: number): void {
    if (startsWith(bytes, start, end, BLOCK_EVENT)) {
      const isDelta = startsWith(bytes, start + BLOCK_EVENT.length, end, DELTA);
      if (isDelta) this.outputBytes += countDeltaBytes(bytes, start, end);
      return;
    }
    if (!startsWith(bytes, start, end, PING_EVENT)) this.inspectData(bytes, start, end);
  }

  private inspectData(bytes: Buffer, start: number, end: number): void {
    const data = findFrameObject(bytes, start, end);
    if (data === null) return;
    switch (data.type) {
      case 'message_start':
        this.usage = parseUsage(readObject(data.message)?.usage) ?? this.usage;
        return;
      case 'message_delta':
        this.usage = mergeUsage(this.usage, data.usage);
        return;
      case 'message_stop':
        this.ended = true;
        return;
      case 'error':
        this.error ??= parseError(data);
        return;
      case 'content_block_delta':
        // An upstream that leaves the event lines out.
        this.outputBytes += countDeltaBytes(bytes, start, end);
        return;
    }
  }
}

function startsWith(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  const prefixEnd = start + prefix.length;
  return prefixEnd <= end && bytes.compare(prefix, 0, prefix.length, start, prefixEnd) === 0;
}
