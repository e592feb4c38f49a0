import type { BreakerSettings } from '../../tenancy/config-snapshot.js';
import type { BreakerState } from './circuit-breaker.port.js';
import { SlidingWindow, type WindowTotals } from './sliding-window.js';

/** Open time doubles with each failed probe up to this factor. */
const MAX_OPEN_FACTOR = 8;

/** A provider may ask for a day (spent daily quota); after this it is asked again all the same. */
const MAX_COOLDOWN_MS = 3_600_000;

/** Hundreds of concurrent calls may hear 429 at once; only a noticeably later end is told to other processes. */
const COOLDOWN_SHARE_STEP_MS = 250;

/** Told to callers while the only probe is out and its end is not known. */
const PROBE_OUT_RETRY_AFTER_MS = 1_000;

const CLOSED: BreakerState = { state: 'closed' };

/** What admits one call: outcomes of an earlier generation say nothing about the present state and are ignored. */
export interface Admission {
  readonly generation: number;
  readonly probe: boolean;
}

/** What other processes are told about. Times are epoch milliseconds. */
export type BreakerTransition =
  | { type: 'open'; sinceMs: number; untilMs: number; reason: string; reopens: number }
  | { type: 'close'; atMs: number }
  | { type: 'cooldown'; untilMs: number };

/**
 * The breaker of one deployment. No I/O and no clock: every method takes the time (epoch milliseconds).
 *
 * Guarantees: an open breaker admits nothing before `untilMs`; a half-open one has at most one probe out; an outcome of an
 * earlier generation changes nothing.
 *
 * 1. closed: every call is admitted and counted in the window. Opens on `consecutiveFailures` in a row, or, from
 *    `minimumCalls` on, when failures reach `errorRatio` or slow calls reach `slowCallRatio` of the window.
 * 2. open: nothing is admitted until `untilMs` (`openSeconds`, doubled by each failed probe, at most 8 times).
 * 3. half-open: one probe at a time. A failed or slow probe opens again, `halfOpenSuccesses` good ones close. A stream is a
 *    good probe once it begins; how it ends counts after that.
 *
 * A cooldown (the provider named a time to wait) stands beside the state: it refuses calls but counts as no failure.
 *
 * A remaining time longer than any this breaker chooses means that the clock was set back: the time is over.
 */
export class Breaker {
  private current: BreakerState = CLOSED;
  private generation = 0;
  private consecutiveFailures = 0;
  private reopens = 0;
  private cooldownEndMs = 0;
  private sharedCooldownEndMs = 0;
  private closedAtMs = 0;
  private window: SlidingWindow;

  constructor(
    private settings: BreakerSettings,
    private readonly onTransition: (transition: BreakerTransition) => void,
  ) {
    this.window = new SlidingWindow(settings.windowSeconds * 1_000);
  }

  /** Settings come from the configuration snapshot and may change at any time; a new window length starts empty. */
  configure(settings: BreakerSettings): void {
    if (settings === this.settings) return;
    const isSameWindow = settings.windowSeconds === this.settings.windowSeconds;
    this.settings = settings;
    if (!isSameWindow) this.window = new SlidingWindow(settings.windowSeconds * 1_000);
  }

  tryAcquire(nowMs: number): Admission | null {
    if (this.cooldownMs(nowMs) > 0) return null;
    const current = this.current;
    if (current.state === 'closed') return { generation: this.generation, probe: false };
    if (current.state === 'open') {
      if (this.openMs(current.untilMs, nowMs) > 0) return null;
      this.generation += 1;
      this.current = { state: 'half-open', successes: 0, probing: true };
      return { generation: this.generation, probe: true };
    }
    if (current.probing) return null;
    this.current = { ...current, probing: true };
    return { generation: this.generation, probe: true };
  }

  onSuccess(admission: Admission, firstByteMs: number, nowMs: number): void {
    if (admission.generation !== this.generation) return;
    const isSlow = this.settings.slowCallMs !== null && firstByteMs > this.settings.slowCallMs;
    if (this.current.state === 'half-open') {
      if (admission.probe) this.onProbeAnswered(this.current.successes, isSlow, nowMs);
      return;
    }
    this.consecutiveFailures = 0;
    this.window.record(nowMs, false, isSlow);
    // Only a slow call can raise a ratio; a fast success never opens.
    if (isSlow) this.openIfRatiosReached(nowMs);
  }

  /**
   * A probe's stream has begun, its outcome is not known. The probe has succeeded; the admission returned is the one under
   * which its outcome counts: as an ordinary call's once this has closed; in half-open, where its success has been counted, a
   * failure opens again. Nothing where the probe was slow.
   */
  onProbeOpened(admission: Admission, firstByteMs: number, nowMs: number): Admission {
    if (!admission.probe || admission.generation !== this.generation) return admission;
    this.onSuccess(admission, firstByteMs, nowMs);
    return this.current.state === 'open' ? admission : { generation: this.generation, probe: false };
  }

  onFailure(admission: Admission, reason: string, nowMs: number): void {
    if (admission.generation !== this.generation) return;
    if (this.current.state === 'half-open') return this.reopen(`probe failed: ${reason}`, nowMs);
    this.consecutiveFailures += 1;
    this.window.record(nowMs, true, false);
    if (this.consecutiveFailures >= this.settings.consecutiveFailures) {
      this.open(`${this.consecutiveFailures} failures in a row, last: ${reason}`, nowMs);
    } else this.openIfRatiosReached(nowMs);
  }

  /** The call ended without saying anything about the provider. */
  onRelease(admission: Admission): void {
    if (admission.generation !== this.generation || this.current.state !== 'half-open') return;
    if (!admission.probe) return;
    this.current = { ...this.current, probing: false };
  }

  coolDown(retryAfterMs: number, nowMs: number): void {
    const untilMs = nowMs + Math.min(Math.max(0, retryAfterMs), MAX_COOLDOWN_MS);
    this.extendCooldown(untilMs, nowMs);
    if (untilMs < this.sharedCooldownEndMs + COOLDOWN_SHARE_STEP_MS) return;
    this.sharedCooldownEndMs = untilMs;
    this.onTransition({ type: 'cooldown', untilMs });
  }

  /**
   * Merges what another process saw. Nothing merged is reported as an own transition.
   * - `open` with a later end than ours opens here until then, unless it began before our last close (old news) or has
   *   passed; its end is bounded by what our own settings could ever choose, so that a skewed clock cannot lock us out.
   * - `close` closes here unless we opened after it.
   * - `cooldown` with a later end replaces ours.
   */
  merge(transition: BreakerTransition, nowMs: number): void {
    if (transition.type === 'cooldown') {
      this.extendCooldown(Math.min(transition.untilMs, nowMs + MAX_COOLDOWN_MS), nowMs);
    } else if (transition.type === 'close') this.mergeClose(transition.atMs);
    else this.mergeOpen(transition, nowMs);
  }

  isHealthy(nowMs: number): boolean {
    return this.retryAfterMs(nowMs) === 0;
  }

  retryAfterMs(nowMs: number): number {
    const cooldown = this.cooldownMs(nowMs);
    if (this.current.state === 'open') return Math.max(cooldown, this.openMs(this.current.untilMs, nowMs));
    if (this.current.state === 'half-open' && this.current.probing)
      return Math.max(cooldown, PROBE_OUT_RETRY_AFTER_MS);
    return cooldown;
  }

  get state(): BreakerState {
    return this.current;
  }

  findCooldownUntilMs(nowMs: number): number | null {
    return this.cooldownMs(nowMs) > 0 ? this.cooldownEndMs : null;
  }

  totals(nowMs: number): WindowTotals {
    this.window.advance(nowMs);
    return this.window;
  }

  private get longestOpenMs(): number {
    return this.settings.openSeconds * 1_000 * MAX_OPEN_FACTOR;
  }

  private openMs(untilMs: number, nowMs: number): number {
    return remainingMs(untilMs, nowMs, this.longestOpenMs);
  }

  private extendCooldown(untilMs: number, nowMs: number): void {
    if (untilMs - nowMs > this.cooldownMs(nowMs)) this.cooldownEndMs = untilMs;
  }

  private cooldownMs(nowMs: number): number {
    return remainingMs(this.cooldownEndMs, nowMs, MAX_COOLDOWN_MS);
  }

  private onProbeAnswered(successesBefore: number, isSlow: boolean, nowMs: number): void {
    if (isSlow) return this.reopen('probe was slow', nowMs);
    const successes = successesBefore + 1;
    if (successes < this.settings.halfOpenSuccesses) {
      this.current = { state: 'half-open', successes, probing: false };
      return;
    }
    this.close(nowMs);
    this.onTransition({ type: 'close', atMs: nowMs });
  }

  private openIfRatiosReached(nowMs: number): void {
    const { calls, failures, slowCalls } = this.window;
    if (calls < this.settings.minimumCalls) return;
    if (failures > 0 && failures >= calls * this.settings.errorRatio) {
      this.open(`${failures} of ${calls} calls failed`, nowMs);
    } else if (slowCalls > 0 && slowCalls >= calls * this.settings.slowCallRatio) {
      this.open(`${slowCalls} of ${calls} calls were slow`, nowMs);
    }
  }

  private reopen(reason: string, nowMs: number): void {
    this.reopens += 1;
    this.open(reason, nowMs);
  }

  private open(reason: string, nowMs: number): void {
    const factor = Math.min(2 ** this.reopens, MAX_OPEN_FACTOR);
    const untilMs = nowMs + this.settings.openSeconds * 1_000 * factor;
    this.enterOpen(nowMs, untilMs, reason);
    this.onTransition({ type: 'open', sinceMs: nowMs, untilMs, reason, reopens: this.reopens });
  }

  private enterOpen(sinceMs: number, untilMs: number, reason: string): void {
    this.generation += 1;
    this.consecutiveFailures = 0;
    this.current = { state: 'open', sinceMs, untilMs, reason };
  }

  private close(atMs: number): void {
    this.generation += 1;
    this.consecutiveFailures = 0;
    this.reopens = 0;
    this.closedAtMs = atMs;
    this.window.clear();
    this.current = CLOSED;
  }

  private mergeOpen(remote: Extract<BreakerTransition, { type: 'open' }>, nowMs: number): void {
    if (remote.sinceMs <= this.closedAtMs) return;
    const untilMs = Math.min(remote.untilMs, nowMs + this.longestOpenMs);
    const ownUntilMs = this.current.state === 'open' ? this.current.untilMs : nowMs;
    if (untilMs <= ownUntilMs) return;
    this.reopens = Math.max(this.reopens, remote.reopens);
    this.enterOpen(remote.sinceMs, untilMs, `reported by another process: ${remote.reason}`);
  }

  private mergeClose(atMs: number): void {
    if (this.current.state === 'closed') return;
    if (this.current.state === 'open' && this.current.sinceMs > atMs) return;
    this.close(atMs);
  }
}

function remainingMs(untilMs: number, nowMs: number, longestMs: number): number {
  const remaining = untilMs - nowMs;
  return remaining > 0 && remaining <= longestMs ? remaining : 0;
}
