import { open } from 'node:fs/promises';
import { parseJournalLines } from './journal-line.js';

const CHUNK_BYTES = 256 * 1024;

export interface SegmentRead {
  payloads: string[];
  /** Complete lines that failed their CRC. */
  damaged: string[];
  /** Where to go on. */
  nextOffset: number;
  /** Nothing more can be read: what is left is nothing, or one unfinished line. */
  isAtEnd: boolean;
  /** That unfinished line, as read; empty when there is none. */
  torn: string;
}

export interface SegmentReadRequest {
  path: string;
  offset: number;
  /** Reads no further than this; Infinity for the whole file. */
  endOffset: number;
}

/** Reads the next records of a segment, about 256 KiB of them, so that one read never holds the event loop for long. */
export async function readSegment({ path, offset, endOffset }: SegmentReadRequest): Promise<SegmentRead> {
  const file = await open(path, 'r');
  try {
    const available = Math.min((await file.stat()).size, endOffset) - offset;
    for (let size = CHUNK_BYTES; ; size *= 2) {
      const length = Math.max(0, Math.min(size, available));
      const chunk = Buffer.allocUnsafe(length);
      const { bytesRead } = await file.read(chunk, 0, length, offset);
      const parsed = parseJournalLines(chunk.subarray(0, bytesRead));
      const isWholeRest = bytesRead >= available || bytesRead === 0;
      // A line longer than the chunk: read on with a larger one.
      if (parsed.consumedBytes === 0 && !isWholeRest) continue;
      return {
        payloads: parsed.payloads,
        damaged: parsed.damaged,
        nextOffset: offset + parsed.consumedBytes,
        isAtEnd: isWholeRest,
        torn: isWholeRest ? chunk.toString('latin1', parsed.consumedBytes, bytesRead) : '',
      };
    }
  } finally {
    await file.close();
  }
}
