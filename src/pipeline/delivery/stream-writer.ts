import type { ServerResponse } from 'node:http';
import type { GatewayError } from '../../errors/gateway-error.js';
import type { StreamAnswer, StreamControl, StreamSink } from '../answer.js';
import type { RequestContext } from '../request-context.js';
import type { ChunkRenderer } from './chunk-renderer.js';

/** What the writer needs from the rest of the gateway. */
export interface StreamWriterHost {
  /** Books the request; called before the bytes that end the answer. A promise while tokens are still being counted. */
  settle(context: RequestContext, status: number, error: GatewayError | null): Promise<void> | void;
  renderStreamError(context: RequestContext, error: GatewayError): string;
}

/**
 * Carries one stream to its client. Chunks are written as they come; when the socket is full the source pauses. The bytes
 * that end the answer leave only after the request was booked (the ledger's promise), so once the upstream was seen to its
 * end everything is held back until `settle` is done.
 */
export class StreamWriter implements StreamSink {
  private control: StreamControl | null = null;
  private isPaused = false;
  private isEnding = false;
  private held: Buffer[] = [];
  private ending: { error: GatewayError | null } | null = null;
  private isSettling = false;

  constructor(
    private readonly context: RequestContext,
    private readonly raw: ServerResponse,
    private readonly renderer: ChunkRenderer,
    private readonly host: StreamWriterHost,
  ) {
    raw.on('drain', () => {
      this.isPaused = false;
      this.control?.resume();
    });
  }

  start(answer: StreamAnswer): void {
    this.control = answer.subscribe(this);
    // A recorded answer has delivered everything by now; a live one may already have filled the socket.
    if (this.isPaused) this.control.pause();
    this.context.onClose(() => this.control?.abort());
  }

  onData(chunk: Buffer): void {
    const bytes = this.renderer.push(chunk);
    // At once: many clients leave on an error event, and what they left for is why.
    if (this.renderer.failure !== null) this.context.error ??= this.renderer.failure;
    if (this.isSettling || this.mustSettleFirst()) this.hold(bytes);
    else this.write(bytes);
  }

  onEnd(): void {
    this.hold(this.renderer.finish());
    this.end(this.renderer.failure);
  }

  /** After an error event it makes no difference how the upstream's connection ends. */
  onFailure(error: GatewayError): void {
    this.end(this.renderer.hasToldFailure ? this.renderer.failure : error);
  }

  private mustSettleFirst(): boolean {
    if (this.context.isSettled || !this.isLastChunk()) return false;
    return this.settle(this.renderer.failure);
  }

  /**
   * The upstream may have been seen to its end before its first chunk gets here, so that this asks for the end in what was
   * written too. For a shared or cached answer the end of the replay is the end.
   */
  private isLastChunk(): boolean {
    const { isMetered, cacheOutcome } = this.context;
    return isMetered && this.renderer.isOver && cacheOutcome !== 'hit' && cacheOutcome !== 'shared';
  }

  private end(error: GatewayError | null): void {
    this.ending = { error };
    if (this.isSettling) return;
    if (this.context.isSettled || !this.settle(error)) this.finish();
  }

  /** Whether it takes a while: then what was held is released, and the answer ended, once it is done. */
  private settle(error: GatewayError | null): boolean {
    const pending = this.host.settle(this.context, 200, error);
    if (!pending) return false;
    this.isSettling = true;
    const proceed = (): void => {
      this.isSettling = false;
      this.release();
      if (this.ending !== null) this.finish();
    };
    pending.then(proceed, proceed);
    return true;
  }

  private finish(): void {
    if (this.isEnding) return;
    this.isEnding = true;
    this.release();
    const error = this.ending?.error ?? null;
    if (error !== null) {
      this.context.error = error;
      if (!this.renderer.hasToldFailure)
        this.write(Buffer.from(this.host.renderStreamError(this.context, error)));
    }
    this.context.isDelivered = true;
    this.raw.end();
  }

  private hold(bytes: Buffer | null): void {
    if (bytes !== null) this.held.push(bytes);
  }

  private release(): void {
    for (const bytes of this.held) this.write(bytes);
    this.held = [];
  }

  private write(bytes: Buffer | null): void {
    if (bytes === null || this.raw.destroyed || this.raw.write(bytes) || this.isPaused) return;
    this.isPaused = true;
    this.control?.pause();
  }
}
