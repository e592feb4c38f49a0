import type { GatewayError } from '../../errors/gateway-error.js';
import type { AnswerOrigin, StreamAnswer, StreamControl, StreamSink } from '../answer.js';

/** What a live stream needs from the upstream call below it. */
export interface StreamSource {
  pause(): void;
  resume(): void;
  abort(): void;
}

/**
 * An upstream stream on its way to its one consumer. Chunks that arrive before the consumer subscribes, a few microtasks
 * later, wait here.
 */
export class LiveStream implements StreamAnswer, StreamControl {
  readonly kind = 'stream';
  private sink: StreamSink | null = null;
  private early: Buffer[] = [];
  private ending: { error: GatewayError | null } | null = null;
  private isAborted = false;

  constructor(
    readonly origin: AnswerOrigin,
    private readonly source: StreamSource,
  ) {}

  subscribe(sink: StreamSink): StreamControl {
    this.sink = sink;
    for (const chunk of this.early) sink.onData(chunk);
    this.early = [];
    this.deliverEnding();
    return this;
  }

  push(chunk: Buffer): void {
    if (this.sink === null) this.early.push(chunk);
    else this.sink.onData(chunk);
  }

  end(error: GatewayError | null): void {
    this.ending = { error };
    this.deliverEnding();
  }

  pause(): void {
    this.source.pause();
  }

  resume(): void {
    this.source.resume();
  }

  abort(): void {
    if (this.isAborted) return;
    this.isAborted = true;
    this.source.abort();
  }

  private deliverEnding(): void {
    if (this.sink === null || this.ending === null) return;
    if (this.ending.error === null) this.sink.onEnd();
    else this.sink.onFailure(this.ending.error);
  }
}
