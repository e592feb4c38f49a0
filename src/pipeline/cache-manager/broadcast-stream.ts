import type { GatewayError } from '../../errors/gateway-error.js';
import type { AnswerOrigin, StreamAnswer, StreamControl, StreamSink } from '../answer.js';

interface Ending {
  error: GatewayError | null;
}

/** One consumer and how far it has read. */
class Subscriber implements StreamControl {
  next = 0;
  isPaused = false;
  isGone = false;

  constructor(
    readonly sink: StreamSink,
    private readonly stream: BroadcastStream,
  ) {}

  pause(): void {
    this.isPaused = true;
    this.stream.balance();
  }

  resume(): void {
    this.isPaused = false;
    this.stream.pump(this);
    this.stream.balance();
  }

  abort(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.stream.leave(this);
  }
}

export interface BroadcastOptions {
  /** Up to here the stream is recorded and the upstream is never paused; beyond it nothing is kept. */
  maxRecordedBytes: number;
  /** The whole recording, once, when the stream ended well and fitted. */
  onRecorded: (bytes: Buffer) => void;
}

/**
 * One upstream stream for several consumers, recorded while it fits.
 *
 * 1. Chunks are appended to a list; each consumer reads it at its own pace, so a late one gets everything from the start.
 * 2. When the list outgrows its bound, recording stops: no new consumers, chunks that all have read are dropped, and the
 *    slowest consumer governs the upstream's pace. Memory stays bounded either way.
 * 3. When the last consumer leaves, the upstream call ends.
 */
export class BroadcastStream implements StreamAnswer, StreamSink {
  readonly kind = 'stream';
  readonly origin: AnswerOrigin;
  private chunks: Buffer[] = [];
  /** Chunks dropped from the front of the list. */
  private dropped = 0;
  private recordedBytes = 0;
  private isRecording = true;
  private ending: Ending | null = null;
  private isSourcePaused = false;
  private control: StreamControl | null = null;
  private readonly subscribers = new Set<Subscriber>();

  constructor(
    private readonly source: StreamAnswer,
    private readonly options: BroadcastOptions,
  ) {
    this.origin = source.origin;
  }

  /** Whether a new consumer would still see the stream from its start. */
  get canJoin(): boolean {
    return (
      this.isRecording && !(this.control !== null && this.subscribers.size === 0 && this.ending === null)
    );
  }

  subscribe(sink: StreamSink): StreamControl {
    const subscriber = new Subscriber(sink, this);
    this.subscribers.add(subscriber);
    this.control ??= this.source.subscribe(this);
    this.pump(subscriber);
    return subscriber;
  }

  onData(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.recordedBytes += chunk.length;
    if (this.isRecording && this.recordedBytes > this.options.maxRecordedBytes) this.isRecording = false;
    for (const subscriber of this.subscribers) this.pump(subscriber);
    this.balance();
  }

  onEnd(): void {
    this.ending = { error: null };
    if (this.isRecording) this.options.onRecorded(Buffer.concat(this.chunks, this.recordedBytes));
    this.finishAll();
  }

  onFailure(error: GatewayError): void {
    this.ending = { error };
    this.isRecording = false;
    this.finishAll();
  }

  /** Delivers what a consumer has not seen, until it pauses. */
  pump(subscriber: Subscriber): void {
    while (
      !subscriber.isPaused &&
      !subscriber.isGone &&
      subscriber.next < this.dropped + this.chunks.length
    ) {
      const chunk = this.chunks[subscriber.next - this.dropped] as Buffer;
      subscriber.next += 1;
      subscriber.sink.onData(chunk);
    }
    const hasAll = subscriber.next === this.dropped + this.chunks.length;
    if (this.ending === null || !hasAll || subscriber.isGone || subscriber.isPaused) return;
    subscriber.isGone = true;
    this.subscribers.delete(subscriber);
    if (this.ending.error === null) subscriber.sink.onEnd();
    else subscriber.sink.onFailure(this.ending.error);
  }

  /** Drops what all have read and passes the slowest consumer's pace on, once recording has stopped. */
  balance(): void {
    if (this.isRecording || this.ending !== null) return;
    let slowest = this.dropped + this.chunks.length;
    let mustPause = false;
    for (const subscriber of this.subscribers) {
      slowest = Math.min(slowest, subscriber.next);
      mustPause ||= subscriber.isPaused;
    }
    if (slowest > this.dropped) {
      this.chunks.splice(0, slowest - this.dropped);
      this.dropped = slowest;
    }
    if (mustPause === this.isSourcePaused) return;
    this.isSourcePaused = mustPause;
    if (mustPause) this.control?.pause();
    else this.control?.resume();
  }

  leave(subscriber: Subscriber): void {
    this.subscribers.delete(subscriber);
    if (this.subscribers.size > 0 || this.ending !== null) this.balance();
    else {
      this.isRecording = false;
      this.control?.abort();
    }
  }

  private finishAll(): void {
    for (const subscriber of this.subscribers) this.pump(subscriber);
  }
}
