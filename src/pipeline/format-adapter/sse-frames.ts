import { UpstreamFormatError } from './dialect-adapter.port.js';

const LF = 0x0a;
const CR = 0x0d;
const COLON = ':';

/** A frame this large is no answer of a model; what is held of an unfinished frame never exceeds it. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024;

/**
 * Cuts a byte stream into SSE frames (everything up to and including an empty line), whatever the chunks: inside a
 * UTF-8 sequence, between CR and LF, in the middle of a line. Lines end with LF, CRLF or CR.
 *
 * Each byte is looked at once, also when a frame arrives in many chunks: pieces are joined only when their frame is
 * complete. Subclasses receive whole frames without a callback being created per chunk.
 */
export abstract class SseFrameSplitter {
  private pieces: Buffer[] = [];
  private pieceBytes = 0;
  private isLineEmpty = true;
  /** The chunk before ended with CR; an LF that comes next belongs to that line end. */
  private endedWithCr = false;
  private isOversized = false;

  constructor(private readonly maxFrameBytes: number = MAX_FRAME_BYTES) {}

  /** One complete frame: bytes `start` to `end` of `bytes`, with the empty line that ends it. */
  protected abstract handleFrame(bytes: Buffer, start: number, end: number): void;
  /** Part of a frame that is larger than the bound. */
  protected abstract handleOversized(bytes: Buffer): void;
  /** The LF of a CRLF that was cut in two, after its frame was complete. */
  protected handleLateLineFeed(_bytes: Buffer): void {
    // Readers have no use for it.
  }

  protected split(chunk: Buffer): void {
    const length = chunk.length;
    if (length === 0) return;
    let start = this.skipLateLineFeed(chunk);
    let index = start;
    if (this.endedWithCr && start === 0 && chunk[0] === LF) index = 1;
    this.endedWithCr = false;
    while (index < length) {
      const lineEnd = findLineEnd(chunk, index);
      if (lineEnd > index) this.isLineEmpty = false;
      if (lineEnd === length) break;
      index = lineEnd + 1;
      if (chunk[lineEnd] === CR) {
        if (index === length) this.endedWithCr = true;
        else if (chunk[index] === LF) index += 1;
      }
      if (this.isLineEmpty) {
        this.completeFrame(chunk, start, index);
        start = index;
      }
      this.isLineEmpty = true;
    }
    if (start < length) this.keep(start === 0 ? chunk : chunk.subarray(start));
  }

  /** The bytes of the frame that has not ended, which is forgotten. */
  protected takeUnfinished(): Buffer | null {
    if (this.pieceBytes === 0) return null;
    return this.takePieces();
  }

  protected get hasUnfinished(): boolean {
    return this.pieceBytes > 0;
  }

  private skipLateLineFeed(chunk: Buffer): number {
    if (!this.endedWithCr || chunk[0] !== LF || this.pieceBytes > 0 || this.isOversized) return 0;
    this.handleLateLineFeed(chunk.subarray(0, 1));
    return 1;
  }

  private completeFrame(chunk: Buffer, start: number, end: number): void {
    if (this.isOversized) {
      this.isOversized = false;
      this.handleOversized(chunk.subarray(start, end));
      return;
    }
    if (this.pieceBytes === 0) {
      this.handleFrame(chunk, start, end);
      return;
    }
    this.pieces.push(chunk.subarray(start, end));
    const frame = this.takePieces();
    this.handleFrame(frame, 0, frame.length);
  }

  private keep(rest: Buffer): void {
    if (this.isOversized) {
      this.handleOversized(rest);
      return;
    }
    this.pieces.push(rest);
    this.pieceBytes += rest.length;
    if (this.pieceBytes <= this.maxFrameBytes) return;
    this.isOversized = true;
    this.handleOversized(this.takePieces());
  }

  private takePieces(): Buffer {
    const [only] = this.pieces;
    const bytes = this.pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.pieces);
    this.pieces = [];
    this.pieceBytes = 0;
    return bytes;
  }
}

function findLineEnd(chunk: Buffer, from: number): number {
  let index = from;
  while (index < chunk.length) {
    const byte = chunk[index];
    if (byte === LF || byte === CR) break;
    index += 1;
  }
  return index;
}

export interface SseFrame {
  /** The `event:` field, or null. */
  event: string | null;
  /** The `data:` lines, joined by LF. */
  data: string;
}

/** Reads frames as events. Frames without data (comments, lone `event:` lines) are left out, as the SSE standard says. */
export class SseFrameReader extends SseFrameSplitter {
  private frames: SseFrame[] = [];
  private isFirst = true;

  /** @throws UpstreamFormatError when a frame is larger than the bound. */
  push(chunk: Uint8Array): SseFrame[] {
    this.split(
      Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength),
    );
    return this.takeFrames();
  }

  /** The stream has ended: a last frame whose empty line is missing is still read. */
  finish(): SseFrame[] {
    const rest = this.takeUnfinished();
    if (rest !== null) this.handleFrame(rest, 0, rest.length);
    return this.takeFrames();
  }

  protected handleFrame(bytes: Buffer, start: number, end: number): void {
    let text = bytes.toString('utf8', start, end);
    if (this.isFirst) {
      this.isFirst = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    const frame = parseSseFrame(text);
    if (frame !== null) this.frames.push(frame);
  }

  protected handleOversized(bytes: Buffer): void {
    throw new UpstreamFormatError(
      `An SSE frame is larger than ${MAX_FRAME_BYTES} bytes (${bytes.length} at least)`,
    );
  }

  private takeFrames(): SseFrame[] {
    const { frames } = this;
    if (frames.length > 0) this.frames = [];
    return frames;
  }
}

/** The event in one frame's text, or null when it has no data. */
export function parseSseFrame(text: string): SseFrame | null {
  let event: string | null = null;
  let data: string | null = null;
  for (const line of text.includes('\r') ? text.split(/\r\n|\r|\n/) : text.split('\n')) {
    if (line === '' || line.startsWith(COLON)) continue;
    const colon = line.indexOf(COLON);
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') data = data === null ? value : `${data}\n${value}`;
    else if (name === 'event') event = value;
  }
  return data === null ? null : { event, data };
}
