import type { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';

/** So that a dead peer of an idle connection is noticed within half a minute, not after the kernel's two hours. */
export const KEEPALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 15_000 } as const;
/** A server that is there closes at once when it is told goodbye. */
const GOODBYE_MS = 1_000;
/** What a statement may still be silent when another connection to the same server was found dead. */
const SUSPECT_SILENCE_MS = 5_000;

export interface Patience {
  /** A connection on which no byte came for this long, while a statement waits, is given up. */
  silenceMs: number;
  /** Every open connection to the same server, of all pools; one that falls silent makes the others suspect. */
  peers: Set<ImpatientClient>;
}

class SilentServerError extends Error {
  /** What the socket would say, had the kernel noticed; callers know it as "the database is down". */
  readonly code = 'ETIMEDOUT';

  constructor() {
    super('PostgreSQL did not answer in time');
    this.name = 'SilentServerError';
  }
}

/**
 * A connection that does not wait for a frozen server (packets are dropped, the process is stopped), which closes nothing
 * and answers nothing. The server's own timeouts cannot help there.
 *
 * 1. From a statement until its end the socket must not be silent for `silenceMs`. A large result that keeps coming is no
 *    silence.
 * 2. A silent connection is destroyed: its statements fail, its pool drops it. Its peers are likely as dead: idle ones go
 *    too, so that the next statement gets a new connection instead of the next frozen one, and those that wait get five
 *    seconds more, however long their statement might take in better times.
 * 3. A goodbye that nobody answers ends after a second; `end` would wait for ever.
 */
export class ImpatientClient extends Client {
  private isWaiting = false;
  private isWatched = false;
  private isSuspect = false;

  constructor(
    config: string | ClientConfig | undefined,
    private readonly patience: Patience,
  ) {
    super(config);
    this.on('drain', () => {
      this.isWaiting = false;
      this.isSuspect = false;
      this.socket.setTimeout(0);
    });
  }

  /** Another connection to the same server is dead. One that is in a transaction, between two statements, stays. */
  suspect(): void {
    if (!this.isWaiting) {
      if (this.getTransactionStatus() === 'I') this.socket.destroy(new SilentServerError());
    } else if (!this.isSuspect) {
      // Once: found dead again and again, the others would put it off for ever.
      this.isSuspect = true;
      this.socket.setTimeout(Math.min(this.patience.silenceMs, SUSPECT_SILENCE_MS));
    }
  }

  /** Nobody waits any more for what it does. */
  abandon(): void {
    this.socket.destroy(new SilentServerError());
  }

  private get socket(): Socket {
    return this.connection.stream as Socket;
  }

  private limitSilence(milliseconds: number): void {
    const { socket } = this;
    socket.setTimeout(milliseconds);
    if (this.isWatched) return;
    this.isWatched = true;
    this.patience.peers.add(this);
    socket.once('close', () => this.patience.peers.delete(this));
    socket.on('timeout', () => this.checkSilence(socket));
  }

  /** When this process was busy, the answer may lie in the socket unread: it is read before the immediate runs. */
  private checkSilence(socket: Socket): void {
    const { bytesRead } = socket;
    setImmediate(() => {
      if (socket.destroyed || socket.bytesRead !== bytesRead) return;
      socket.destroy(new SilentServerError());
      for (const peer of this.patience.peers) peer.suspect();
    });
  }

  static {
    // Methods with that many overloads cannot be overridden one by one.
    this.prototype.query = function (this: ImpatientClient, ...args: unknown[]): unknown {
      this.isWaiting = true;
      this.limitSilence(this.patience.silenceMs);
      return callBase(this, 'query', args);
    } as Client['query'];
    this.prototype.end = function (this: ImpatientClient, ...args: unknown[]): unknown {
      this.limitSilence(Math.min(this.patience.silenceMs, GOODBYE_MS));
      return callBase(this, 'end', args);
    } as Client['end'];
  }
}

function callBase(client: Client, method: 'query' | 'end', args: unknown[]): unknown {
  return Reflect.apply(Reflect.get(Client.prototype, method), client, args);
}

/** The class that a pool makes its connections of. */
export function createClientClass(patience: Patience): typeof Client {
  return class extends ImpatientClient {
    constructor(config?: string | ClientConfig) {
      super(config, patience);
    }
  };
}
