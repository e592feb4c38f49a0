import type { Dialect } from '../../chat/dialect.js';
import type { NativeChatRequest } from '../../chat/native-request.js';
import type { NativeChatResponse, NativeStreamEvent } from '../../chat/native-response.js';
import type { TokenUsage } from '../../chat/usage.js';
import type { JsonObject } from '../../common/json.js';

/** What a provider said when it refused or failed, parsed once; router, breaker and metrics read these fields. */
export interface UpstreamErrorDescription {
  /** The upstream's own code or type: `context_length_exceeded`, `overloaded_error`. */
  code: string | null;
  message: string;
  param: string | null;
  /** The HTTP status that its words come with: all there is to classify an error inside a stream by. Null: they tell none. */
  status: number | null;
}

export interface RenderTarget {
  upstreamModel: string;
  /** Sent when the client sent no maximum and the dialect requires one. */
  defaultMaxOutputTokens: number | null;
  /** Ask the upstream for usage in streams. */
  streamUsage: boolean;
}

export interface RenderedRequest {
  body: JsonObject;
  /** Client parameters the target cannot take and that were left out, by the client's own names. */
  droppedParams: string[];
}

/** Reads an upstream's SSE bytes, cut anywhere, into native events. Holds at most one unfinished frame. */
export interface StreamParser {
  /** The end marker or an error was seen: what follows is not read. */
  readonly isOver: boolean;
  push(chunk: Uint8Array): NativeStreamEvent[];
  /** The upstream closed the stream. Emits `end` if the dialect's own end marker was seen, else an `error` event. */
  finish(): NativeStreamEvent[];
}

/** Writes native events as SSE text in the client's dialect. */
export interface StreamRenderer {
  render(event: NativeStreamEvent): string;
}

/**
 * Watches a same-dialect stream that passes through unchanged and learns its usage and end.
 * `push` returns the bytes to forward: the chunk itself unless a decided edit (hidden usage chunk) applies, so only
 * then are bytes held back until their frame is complete.
 */
export interface PassThroughStream {
  push(chunk: Buffer): Buffer | null;
  /** Bytes still held when the upstream ended. */
  finish(): Buffer | null;
  readonly usage: TokenUsage | null;
  /**
   * The dialect's end marker was seen (`[DONE]`, `message_stop`); after `finish`, also an answer that is complete without.
   */
  readonly ended: boolean;
  /** An error event was seen inside the stream. */
  readonly error: UpstreamErrorDescription | null;
  /** Bytes of generated text and tool arguments so far, for estimates when the upstream reports no usage. */
  readonly outputBytes: number;
}

export interface PassThroughOptions {
  /** Take out the usage chunk and the `usage: null` members that only metering asked for. */
  hideUsage: boolean;
}

/**
 * One wire dialect. Pure and total: never does I/O. parse* throw GatewayError('invalid_request', { param }) on malformed
 * input of a client; on malformed output of an upstream they throw UpstreamFormatError.
 */
export interface DialectAdapter {
  readonly dialect: Dialect;
  parseRequest(body: JsonObject): NativeChatRequest;
  /** @throws GatewayError('unsupported_parameter', { param }) for what the dialect cannot express and must not drop. */
  renderRequest(request: NativeChatRequest, target: RenderTarget): RenderedRequest;
  /** The member in which this model of the dialect takes the maximum of output tokens. */
  nameMaxOutputTokens(upstreamModel: string): string;
  parseResponse(body: JsonObject): NativeChatResponse;
  renderResponse(response: NativeChatResponse): JsonObject;
  /** Only the usage of a whole body; null where the upstream reported none. */
  parseUsage(body: JsonObject): TokenUsage | null;
  createStreamParser(): StreamParser;
  createStreamRenderer(request: NativeChatRequest): StreamRenderer;
  createPassThrough(options: PassThroughOptions): PassThroughStream;
  parseError(body: unknown): UpstreamErrorDescription;
}

/** The upstream answered with something that is not its dialect. */
export class UpstreamFormatError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UpstreamFormatError';
  }
}
