import { errors, type Dispatcher, type Pool } from 'undici';
import type { UpstreamTimeouts } from '../../tenancy/config-snapshot.js';
import { AddressRefusedError } from './connect-guard.js';
import { type DeadlineSweeper, isDue, type Sweepable } from './deadline-sweeper.js';
import type { TrackedOptions } from './upstream-connection.js';
import {
  UpstreamFailure,
  type UpstreamCall,
  type UpstreamFailureKind,
  type UpstreamListener,
} from './upstream-transport.port.js';

/** A server that closes an idle socket meets our request within a round trip; a later reset is a failure of its own. */
const STALE_SOCKET_WINDOW_MS = 1_000;

type Phase = 'connecting' | 'awaiting-head' | 'body' | 'ended';

export interface ExchangeInit {
  pool: Pool;
  options: TrackedOptions;
  timeouts: UpstreamTimeouts;
  listener: UpstreamListener;
  sweeper: DeadlineSweeper;
}

/**
 * One HTTP exchange: undici's handler on one side, the listener on the other.
 *
 * Guarantees: the listener hears nothing after `onEnd`, `onFailure` or `abort`, and never from inside `start`; every end
 * but a complete answer destroys the socket.
 *
 * 1. connecting (waiting for a free connection counts), awaiting the head, body: each with its own deadline, plus the total.
 * 2. A reset before the first byte of the answer, on a kept-alive socket, within a second of sending, is the race with the
 *    server's idle timeout: sent again once on another connection. undici does not repeat a POST by itself.
 * 3. While paused the idle deadline rests: the wait is our reader's, not the provider's.
 */
export class UndiciExchange implements Dispatcher.DispatchHandler, UpstreamCall, Sweepable {
  previous: Sweepable | null = null;
  next: Sweepable | null = null;

  private phase: Phase = 'connecting';
  private controller: Dispatcher.DispatchController | null = null;
  private isPaused = false;
  private isStarting = false;
  private wasAborted = false;
  private hasRetried = false;
  private hasFirstByte = false;
  /** 0 before it was. */
  private sentAtMs = 0;
  private readonly startedMs: number;
  /** Start of the present phase, or the last data; on the sweeper's scale. */
  private activeMs: number;
  private readonly pool: Pool;
  private readonly options: TrackedOptions;
  private readonly timeouts: UpstreamTimeouts;
  private readonly listener: UpstreamListener;
  private readonly sweeper: DeadlineSweeper;

  constructor(init: ExchangeInit) {
    this.pool = init.pool;
    this.options = init.options;
    this.timeouts = init.timeouts;
    this.listener = init.listener;
    this.sweeper = init.sweeper;
    this.startedMs = this.activeMs = init.sweeper.nowMs;
  }

  get wasSent(): boolean {
    return this.sentAtMs > 0;
  }

  start(): void {
    this.sweeper.add(this);
    this.dispatch();
  }

  pause(): void {
    this.isPaused = true;
    this.controller?.pause();
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.activeMs = this.sweeper.nowMs;
    this.controller?.resume();
  }

  abort(): void {
    this.wasAborted = true;
    if (this.phase !== 'ended') this.destroy();
  }

  onSweep(nowMs: number): void {
    const { connectMs, firstByteMs, idleMs, totalMs } = this.timeouts;
    if (isDue(this.startedMs, totalMs, nowMs)) this.timeOut('timeout-total', `no end after ${totalMs} ms`);
    else if (this.phase === 'connecting') {
      if (isDue(this.activeMs, connectMs, nowMs))
        this.timeOut('timeout-connect', `no connection after ${connectMs} ms`);
    } else if (this.phase === 'awaiting-head') {
      if (isDue(this.activeMs, firstByteMs, nowMs))
        this.timeOut('timeout-first-byte', `no answer after ${firstByteMs} ms`);
    } else if (!this.isPaused && isDue(this.activeMs, idleMs, nowMs)) {
      this.timeOut('timeout-idle', `no data for ${idleMs} ms`);
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Ended while it waited for a connection: undici has no way to take it out of the queue before.
    if (this.phase === 'ended') return controller.abort(new errors.RequestAbortedError());
    this.controller = controller;
    this.phase = 'awaiting-head';
    this.activeMs = this.sweeper.nowMs;
    this.sentAtMs = performance.now();
    if (this.isPaused) controller.pause();
  }

  /** The first byte of the answer has come, before its head is complete. */
  onResponseStarted(): void {
    this.hasFirstByte = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200 || this.phase === 'ended') return;
    this.phase = 'body';
    this.activeMs = this.sweeper.nowMs;
    const flat = flattenHeaders(headers);
    const encoding = flat['content-encoding'];
    if (encoding !== undefined && encoding !== '' && encoding.toLowerCase() !== 'identity') {
      return this.fail(
        new UpstreamFailure(
          'reset',
          `answered with content-encoding ${encoding} though identity was asked for`,
        ),
      );
    }
    this.listener.onHead(status, flat);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.phase === 'ended') return;
    this.activeMs = this.sweeper.nowMs;
    this.listener.onData(chunk);
  }

  onResponseEnd(): void {
    if (this.phase === 'ended') return;
    this.leave();
    this.options.connection?.recordAnswer();
    this.listener.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.phase === 'ended') return;
    if (this.mayBeStaleSocket()) {
      this.hasRetried = true;
      this.phase = 'connecting';
      this.sentAtMs = 0;
      this.controller = null;
      this.activeMs = this.sweeper.nowMs;
      return this.dispatch();
    }
    this.fail(new UpstreamFailure(this.classifyError(error), error.message, { cause: error }));
  }

  private dispatch(): void {
    this.isStarting = true;
    this.options.connection = null;
    this.pool.dispatch(this.options, this);
    this.isStarting = false;
  }

  private mayBeStaleSocket(): boolean {
    if (this.phase !== 'awaiting-head' || this.hasFirstByte || this.hasRetried) return false;
    if (this.options.connection?.isReused !== true) return false;
    return performance.now() - this.sentAtMs < STALE_SOCKET_WINDOW_MS;
  }

  private classifyError(error: Error): UpstreamFailureKind {
    if (error instanceof AddressRefusedError) return 'address-refused';
    if (error instanceof errors.ConnectTimeoutError) return 'timeout-connect';
    if (error instanceof errors.ClientDestroyedError || error instanceof errors.ClientClosedError)
      return 'aborted';
    return this.phase === 'connecting' ? 'connect' : 'reset';
  }

  private timeOut(kind: UpstreamFailureKind, message: string): void {
    this.fail(new UpstreamFailure(kind, message));
  }

  private fail(failure: UpstreamFailure): void {
    this.destroy();
    if (!this.isStarting) return this.listener.onFailure(failure);
    queueMicrotask(() => {
      if (!this.wasAborted) this.listener.onFailure(failure);
    });
  }

  private destroy(): void {
    this.leave();
    this.controller?.abort(new errors.RequestAbortedError());
  }

  private leave(): void {
    this.phase = 'ended';
    this.sweeper.remove(this);
  }
}

/** Repeated headers become one comma-separated value; the object is undici's own and made for this answer alone. */
function flattenHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'object') headers[name] = value.join(', ');
  }
  return headers as Record<string, string>;
}
