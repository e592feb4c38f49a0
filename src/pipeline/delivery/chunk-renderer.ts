import type { NativeStreamEvent } from '../../chat/native-response.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type {
  PassThroughStream,
  StreamParser,
  StreamRenderer,
} from '../format-adapter/dialect-adapter.port.js';

/** Turns an upstream's stream bytes into the client's. */
export interface ChunkRenderer {
  push(chunk: Buffer): Buffer | null;
  finish(): Buffer | null;
  /** The upstream reported an error inside the stream, or, after `finish`, has ended it without its end marker. */
  readonly failure: GatewayError | null;
  /** The chunk that ends the answer, well or not, was pushed. */
  readonly isOver: boolean;
  /** The client has the upstream's own event about the failure and must not get a second one. */
  readonly hasToldFailure: boolean;
}

/** Same dialect: bytes as they are, but for the edits that were decided. */
export class PassThroughRenderer implements ChunkRenderer {
  failure: GatewayError | null = null;

  constructor(private readonly stream: PassThroughStream) {}

  get isOver(): boolean {
    return this.stream.ended || this.stream.error !== null;
  }

  get hasToldFailure(): boolean {
    return this.stream.error !== null;
  }

  push(chunk: Buffer): Buffer | null {
    const bytes = this.stream.push(chunk);
    if (this.stream.error !== null) this.failure ??= createUpstreamStreamError(this.stream.error.message);
    return bytes;
  }

  finish(): Buffer | null {
    const rest = this.stream.finish();
    if (this.stream.error !== null) this.failure ??= createUpstreamStreamError(this.stream.error.message);
    else if (!this.stream.ended) this.failure = createCutError();
    return rest;
  }
}

/** Another dialect: native events in between. */
export class TranslatingRenderer implements ChunkRenderer {
  readonly hasToldFailure = false;
  failure: GatewayError | null = null;

  constructor(
    private readonly parser: StreamParser,
    private readonly renderer: StreamRenderer,
  ) {}

  get isOver(): boolean {
    return this.parser.isOver;
  }

  push(chunk: Buffer): Buffer | null {
    return this.render(this.parser.push(chunk));
  }

  finish(): Buffer | null {
    return this.render(this.parser.finish());
  }

  private render(events: readonly NativeStreamEvent[]): Buffer | null {
    let text = '';
    for (const event of events) {
      // The error event is written once, by the writer, in the form of the gateway's own errors.
      if (event.type === 'error') this.failure ??= createUpstreamStreamError(event.message);
      else if (this.failure === null) text += this.renderer.render(event);
    }
    return text === '' ? null : Buffer.from(text);
  }
}

function createCutError(): GatewayError {
  return new GatewayError('upstream_error', {
    publicMessage: 'The provider ended the stream before the answer was complete.',
  });
}

function createUpstreamStreamError(message: string): GatewayError {
  return new GatewayError('upstream_error', { publicMessage: message });
}
