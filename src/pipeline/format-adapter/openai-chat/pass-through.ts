import type { JsonObject } from '../../../common/json.js';
import type { TokenUsage } from '../../../chat/usage.js';
import type { PassThroughOptions, PassThroughStream } from '../dialect-adapter.port.js';
import { FrameScan } from '../frame-scan.js';
import { findFrameObject, PassThroughWatch } from '../pass-through-watch.js';
import { parseUsage } from './convert-usage.js';
import { isErrorChunk, parseError } from './parse-error.js';
import { findUsageNullSpan } from './usage-null-span.js';

const DONE = Buffer.from('[DONE]');
/** `data: [DONE]` with its line ends and room for a space or two; other frames this short carry nothing. */
const MAX_DONE_FRAME_BYTES = 48;
const OPENING_BRACE = 0x7b;
const QUOTE = 0x22;

export function createPassThrough(options: PassThroughOptions): PassThroughStream {
  return options.hideUsage ? new UsageHidingStream() : new ChunkWatch();
}

/** What a frame turned out to be, for the stream that edits. */
type Verdict = 'plain' | 'has-usage-member' | 'is-usage-chunk';

/** Learns usage, end and errors of a Chat Completions stream; parses only frames whose bytes hold a marker. */
class ChunkWatch extends PassThroughWatch {
  usage: TokenUsage | null = null;
  protected verdict: Verdict = 'plain';
  private readonly scan = new FrameScan();
  private hasFinishReason = false;

  override finish(): Buffer | null {
    const wasCut = this.hasUnfinished;
    const rest = super.finish();
    // Some servers close the stream without `[DONE]`; after a reason to finish, nothing is missing.
    if (!wasCut && this.hasFinishReason && this.error === null) this.ended = true;
    return rest;
  }

  protected inspect(bytes: Buffer, start: number, end: number): void {
    this.verdict = 'plain';
    const frame = start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
    if (frame.length <= MAX_DONE_FRAME_BYTES && frame.includes(DONE)) {
      this.ended = true;
      return;
    }
    const { scan } = this;
    scan.scan(frame, 0, frame.length);
    this.outputBytes += scan.textBytes;
    if (scan.finishReasonByte === QUOTE) this.hasFinishReason = true;
    if (scan.errorByte === OPENING_BRACE || scan.errorByte === QUOTE) this.inspectError(frame);
    if (scan.usageByte !== 0) this.inspectUsage(frame, scan.usageByte);
  }

  private inspectError(frame: Buffer): void {
    const chunk = findFrameObject(frame, 0, frame.length);
    if (chunk === null || this.error !== null) return;
    if (isErrorChunk(chunk)) this.error = parseError(chunk);
  }

  private inspectUsage(frame: Buffer, valueByte: number): void {
    this.verdict = 'has-usage-member';
    if (valueByte !== OPENING_BRACE) return;
    const chunk = findFrameObject(frame, 0, frame.length);
    const usage = chunk === null ? null : parseUsage(chunk.usage);
    if (chunk === null || usage === null) return;
    this.usage = usage;
    if (isUsageChunk(chunk)) this.verdict = 'is-usage-chunk';
  }
}

function isUsageChunk(chunk: JsonObject): boolean {
  return Array.isArray(chunk.choices) && chunk.choices.length === 0;
}

/**
 * Also takes out what only metering asked for: the usage chunk as a whole frame, and the `usage: null` member, with its
 * comma, from the others. All other bytes pass as they are. Bytes of an unfinished frame are held back, because its end
 * decides; a frame beyond the splitter's bound is let go unread.
 */
class UsageHidingStream extends ChunkWatch {
  private output: Buffer[] = [];
  private wasEdited = false;
  private droppedLast = false;

  override push(chunk: Buffer): Buffer | null {
    const wasHolding = this.hasUnfinished;
    this.split(chunk);
    const isUntouched = !wasHolding && !this.wasEdited && !this.hasUnfinished;
    const output = this.takeOutput();
    return isUntouched && output !== null ? chunk : output;
  }

  override finish(): Buffer | null {
    super.finish();
    return this.takeOutput();
  }

  protected override handleFrame(bytes: Buffer, start: number, end: number): void {
    this.inspect(bytes, start, end);
    this.droppedLast = this.verdict === 'is-usage-chunk';
    if (this.droppedLast) this.wasEdited = true;
    else if (this.verdict === 'has-usage-member') this.addWithoutUsage(bytes.subarray(start, end));
    else this.output.push(bytes.subarray(start, end));
  }

  protected override handleOversized(bytes: Buffer): void {
    super.handleOversized(bytes);
    this.output.push(bytes);
    this.droppedLast = false;
  }

  protected override handleLateLineFeed(bytes: Buffer): void {
    if (this.droppedLast) this.wasEdited = true;
    else this.output.push(bytes);
  }

  private addWithoutUsage(frame: Buffer): void {
    const span = findUsageNullSpan(frame);
    if (span === null) {
      this.output.push(frame);
      return;
    }
    this.wasEdited = true;
    this.output.push(frame.subarray(0, span.start), frame.subarray(span.end));
  }

  private takeOutput(): Buffer | null {
    const { output } = this;
    this.wasEdited = false;
    const [only] = output;
    if (only === undefined) return null;
    this.output = [];
    return output.length === 1 ? only : Buffer.concat(output);
  }
}
