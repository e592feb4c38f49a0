import { Client, Pool, type Dispatcher } from 'undici';
import type { buildConnector } from 'undici';

/** Sockets per origin: twice the streams that keep one process busy, yet a stalled provider cannot take all descriptors. */
const MAX_CONNECTIONS = 1_024;

/** Idle time before we close a socket ourselves when the server names none; load balancers in the field wait 60 s or more. */
const KEEP_ALIVE_MS = 30_000;

/** Upper bound for what a server's keep-alive hint can ask for. */
const KEEP_ALIVE_MAX_MS = 300_000;

/** Dispatch options that learn which connection took them. */
export interface TrackedOptions extends Dispatcher.DispatchOptions {
  connection: UpstreamConnection | null;
}

/** An undici client (one socket at a time) that knows whether its present socket has served an answer before. */
class UpstreamConnection extends Client {
  private answersOnSocket = 0;

  constructor(origin: URL, options: Client.Options) {
    super(origin, options);
    this.on('disconnect', () => {
      this.answersOnSocket = 0;
    });
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    (options as TrackedOptions).connection = this;
    return super.dispatch(options, handler);
  }

  get isReused(): boolean {
    return this.answersOnSocket > 0;
  }

  recordAnswer(): void {
    this.answersOnSocket += 1;
  }
}

/** Keep-alive pool of one origin. HTTP/1.1 without pipelining; all timeouts but connect are the exchange's own. */
export function createConnectionPool(origin: string, connect: buildConnector.connector): Pool {
  return new Pool(origin, {
    connect,
    connections: MAX_CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
    factory: (url: URL, options: object) => new UpstreamConnection(url, options),
  });
}
