import type { Clock } from '../../../../common/clock.port.js';
import type { UpstreamTimeouts } from '../../../../tenancy/config-snapshot.js';
import {
  type UpstreamCall,
  UpstreamFailure,
  type UpstreamFailureKind,
  type UpstreamListener,
} from '../../upstream-transport.port.js';
import type { SimulatedScript } from './build-simulated-script.js';

/** Chunks in one turn of the event loop, so that a fast stream does not starve the others. */
const CHUNKS_PER_TURN = 32;

type Phase = 'waiting-for-head' | 'streaming' | 'closed';

/**
 * Plays one script to one listener. At any time at most one timer or immediate is pending, none while paused and none after
 * the end; chunks are made only when they are due, so a paused or slow reader holds no more than one of them.
 */
export class SimulatedCall implements UpstreamCall {
  readonly wasSent = true;
  private phase: Phase = 'waiting-for-head';
  private isPaused = false;
  private isPumping = false;
  private timer: NodeJS.Timeout | null = null;
  private immediate: NodeJS.Immediate | null = null;
  private readonly startedAtMs: number;
  private streamingSinceMs = 0;
  private chunksSent = 0;

  constructor(
    private readonly script: SimulatedScript,
    private readonly listener: UpstreamListener,
    private readonly timeouts: UpstreamTimeouts,
    private readonly host: { clock: Clock; forget(call: SimulatedCall): void },
  ) {
    this.startedAtMs = host.clock.monotonicMs();
    this.wait(script.headDelayMs, timeouts.firstByteMs, 'timeout-first-byte');
  }

  pause(): void {
    if (this.phase === 'closed') return;
    this.isPaused = true;
    if (this.phase === 'streaming') this.clearTimers();
  }

  resume(): void {
    if (this.phase === 'closed' || !this.isPaused) return;
    this.isPaused = false;
    // While pumping, the loop that called us goes on by itself. A head that is still awaited keeps its timer.
    if (this.phase === 'streaming' && !this.isPumping) this.schedulePump();
  }

  abort(): void {
    this.close();
  }

  fail(kind: UpstreamFailureKind, message: string): void {
    if (this.phase === 'closed') return;
    this.close();
    this.listener.onFailure(new UpstreamFailure(kind, message));
  }

  private readonly begin = (): void => {
    this.timer = null;
    this.immediate = null;
    this.phase = 'streaming';
    this.streamingSinceMs = this.host.clock.monotonicMs();
    this.listener.onHead(this.script.status, this.script.headers);
    if (this.isOpen()) this.pump();
  };

  private readonly pump = (): void => {
    this.timer = null;
    this.immediate = null;
    if (this.isPaused) return;
    this.isPumping = true;
    const due = Math.min(this.countDue(), this.chunksSent + CHUNKS_PER_TURN);
    while (this.canSend() && this.chunksSent < due) this.sendChunk();
    this.isPumping = false;
    if (this.canSend()) this.schedulePump();
  };

  /** The listener may pause or abort at any chunk. */
  private canSend(): boolean {
    return this.isOpen() && !this.isPaused;
  }

  private sendChunk(): void {
    const step = this.script.chunks.next();
    if (step.done === true) {
      this.finish();
      return;
    }
    this.chunksSent += 1;
    this.listener.onData(Buffer.from(step.value, 'utf8'));
  }

  private finish(): void {
    switch (this.script.end) {
      case 'reset':
        this.fail('reset', 'The simulated provider closed the connection.');
        return;
      case 'silence':
        this.chunksSent = Infinity;
        return;
      case 'end':
        this.close();
        this.listener.onEnd();
    }
  }

  /** Chunks that the pace allows by now; the first comes with the head. */
  private countDue(): number {
    if (this.script.chunksPerSecond === 0) return Infinity;
    const elapsedMs = this.host.clock.monotonicMs() - this.streamingSinceMs;
    return 1 + Math.floor((elapsedMs * this.script.chunksPerSecond) / 1_000 + 1e-6);
  }

  private schedulePump(): void {
    const { chunksPerSecond } = this.script;
    if (this.chunksSent === Infinity) this.wait(Infinity, this.timeouts.idleMs, 'timeout-idle');
    else if (chunksPerSecond === 0) this.wait(0, this.timeouts.idleMs, 'timeout-idle');
    else {
      const dueAtMs = this.streamingSinceMs + (this.chunksSent * 1_000) / chunksPerSecond;
      this.wait(Math.max(0, dueAtMs - this.host.clock.monotonicMs()), this.timeouts.idleMs, 'timeout-idle');
    }
  }

  /** Goes on after `delayMs`, or fails when a timeout comes first. */
  private wait(delayMs: number, limitMs: number, kind: UpstreamFailureKind): void {
    const totalLeftMs = this.startedAtMs + this.timeouts.totalMs - this.host.clock.monotonicMs();
    const next = this.phase === 'streaming' ? this.pump : this.begin;
    if (delayMs > limitMs || delayMs >= totalLeftMs) {
      const [failureKind, afterMs] =
        totalLeftMs < limitMs ? (['timeout-total', totalLeftMs] as const) : ([kind, limitMs] as const);
      this.timer = setTimeout(
        () => this.fail(failureKind, 'The simulated provider is silent.'),
        Math.max(0, afterMs),
      );
    } else if (delayMs > 0) this.timer = setTimeout(next, delayMs);
    else this.immediate = setImmediate(next);
  }

  private isOpen(): boolean {
    return this.phase !== 'closed';
  }

  private close(): void {
    if (this.phase === 'closed') return;
    this.phase = 'closed';
    this.clearTimers();
    this.host.forget(this);
  }

  private clearTimers(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.immediate !== null) clearImmediate(this.immediate);
    this.timer = null;
    this.immediate = null;
  }
}
