import type { NativeStreamEvent } from '../../chat/native-response.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type {
  PassThroughStream,
  StreamParser,
  StreamRenderer,
} from '../format-adapter/dialect-adapter.port.js';

/** Turns an upstream's stream bytes into the client's. `failure` is set when the upstream ended without its end marker. */
export interface ChunkRenderer {
  push(chunk: Buffer): Buffer | null;
  finish(): Buffer | null;
  readonly failure: GatewayError | null;
}

/** Same dialect: bytes as they are, but for the edits that were decided. */
export class PassThroughRenderer implements ChunkRenderer {
  failure: GatewayError | null = null;

  constructor(private readonly stream: PassThroughStream) {}

  push(chunk: Buffer): Buffer | null {
    return this.stream.push(chunk);
  }

  finish(): Buffer | null {
    const rest = this.stream.finish();
    // An error event of the upstream has already reached the client as it was written.
    if (!this.stream.ended && this.stream.error === null) this.failure = createCutError();
    return rest;
  }
}

/** Another dialect: native events in between. */
export class TranslatingRenderer implements ChunkRenderer {
  failure: GatewayError | null = null;

  constructor(
    private readonly parser: StreamParser,
    private readonly renderer: StreamRenderer,
  ) {}

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
