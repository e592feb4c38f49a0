import { build, type Histogram } from 'hdr-histogram-js';
import { Client, type Dispatcher } from 'undici';
import type { LoadPlan, LoadResult } from './load-plan.ts';

const DRAIN_MS = 15_000;
const END_MARKER = Buffer.from('data: [DONE]\n\n');

/**
 * Sends one plan's requests and measures them.
 *
 * Open loop: request number n belongs to the moment start + n / rate and its latency counts from then, whether or not a
 * connection was free; a stalled target therefore makes all requests slow that should have been sent meanwhile
 * (coordinated omission). Requests that are due wait in order for one of the keep-alive connections.
 *
 * Closed loop: every connection sends its next request when the last was answered; the rate is the result, and latency is
 * only that of the single exchange.
 */
export class LoadRunner {
  readonly statuses: Record<string, number> = {};
  readonly cacheOutcomes: Record<string, number> = {};
  brokenStreams = 0;
  private readonly plan: LoadPlan;
  private readonly clients: Client[];
  private readonly idle: Client[];
  private readonly latency = createHistogram();
  private readonly firstEvent = createHistogram();
  private startedAtMs = 0;
  private sent = 0;
  private done = 0;
  private timer: NodeJS.Timeout | null = null;
  private finish: () => void = () => undefined;

  constructor(plan: LoadPlan) {
    this.plan = plan;
    const options = {
      pipelining: 1,
      keepAliveTimeout: 60_000,
      headersTimeout: DRAIN_MS,
      bodyTimeout: DRAIN_MS,
    };
    this.clients = Array.from({ length: plan.connections }, () => new Client(plan.origin, options));
    this.idle = [...this.clients];
  }

  async run(): Promise<LoadResult> {
    const finished = new Promise<void>((resolve) => (this.finish = resolve));
    this.startedAtMs = performance.now();
    if (this.plan.ratePerSecond === null) for (const client of this.idle.splice(0)) this.sendNext(client);
    else this.timer = setInterval(() => this.sendDue(), 1);
    const giveUp = setTimeout(this.finish, this.plan.durationMs + DRAIN_MS);
    await finished;
    clearTimeout(giveUp);
    if (this.timer !== null) clearInterval(this.timer);
    const elapsedMs = performance.now() - this.startedAtMs;
    await Promise.all(this.clients.map((client) => client.destroy()));
    return this.buildResult(elapsedMs);
  }

  /** Called by an exchange when its answer ended. */
  complete(client: Client, dueAtMs: number, status: number): void {
    this.latency.recordValue(toMicroseconds(performance.now() - dueAtMs));
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    this.done += 1;
    if (this.plan.ratePerSecond === null) this.sendNext(client);
    else {
      this.idle.push(client);
      this.sendDue();
    }
  }

  recordFirstEvent(dueAtMs: number): void {
    this.firstEvent.recordValue(toMicroseconds(performance.now() - dueAtMs));
  }

  private sendNext(client: Client): void {
    if (this.isOver(performance.now())) this.finishWhenDone();
    else this.send(client, performance.now());
  }

  private sendDue(): void {
    const rate = this.plan.ratePerSecond ?? 0;
    const nowMs = performance.now();
    for (;;) {
      const dueAtMs = this.startedAtMs + (this.sent * 1_000) / rate;
      if (this.isOver(dueAtMs)) return this.finishWhenDone();
      const client = dueAtMs <= nowMs ? this.idle.pop() : undefined;
      if (client === undefined) return;
      this.send(client, dueAtMs);
    }
  }

  private isOver(atMs: number): boolean {
    return (
      atMs - this.startedAtMs >= this.plan.durationMs || this.sent >= (this.plan.maxRequests ?? Infinity)
    );
  }

  private finishWhenDone(): void {
    if (this.done === this.sent) this.finish();
  }

  private send(client: Client, dueAtMs: number): void {
    const { plan } = this;
    const unique =
      plan.uniquePrefix === null ? '' : plan.uniquePrefix + this.sent.toString(36).padStart(8, '0');
    this.sent += 1;
    const options: Dispatcher.DispatchOptions = {
      path: plan.path,
      method: 'POST',
      headers: this.buildHeaders(),
      body: plan.bodyParts.join(unique),
    };
    client.dispatch(options, new Exchange(this, client, dueAtMs, plan.streams));
  }

  private buildHeaders(): Record<string, string> {
    const { headers, bearerTokens } = this.plan;
    if (bearerTokens === undefined) return headers;
    return { ...headers, authorization: `Bearer ${bearerTokens[this.sent % bearerTokens.length] ?? ''}` };
  }

  private buildResult(elapsedMs: number): LoadResult {
    const { latency, firstEvent, sent, statuses, cacheOutcomes, brokenStreams } = this;
    return {
      sent,
      statuses,
      cacheOutcomes,
      brokenStreams,
      elapsedMs,
      p50Ms: latency.getValueAtPercentile(50) / 1_000,
      p99Ms: latency.getValueAtPercentile(99) / 1_000,
      maxMs: latency.maxValue / 1_000,
      firstEventP50Ms: firstEvent.getValueAtPercentile(50) / 1_000,
    };
  }
}

/** One request and its answer; undici's handler without promises or streams, so that the load costs little itself. */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly runner: LoadRunner;
  private readonly client: Client;
  private readonly dueAtMs: number;
  private readonly streams: boolean;
  private status = 0;
  private hasData = false;
  private last: Buffer = Buffer.alloc(0);

  constructor(runner: LoadRunner, client: Client, dueAtMs: number, streams: boolean) {
    this.runner = runner;
    this.client = client;
    this.dueAtMs = dueAtMs;
    this.streams = streams;
  }

  onRequestStart(): void {
    // Nothing is known yet.
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, unknown>,
  ): void {
    this.status = status;
    const outcome = headers['x-tokenpak-cache'];
    if (typeof outcome === 'string') {
      this.runner.cacheOutcomes[outcome] = (this.runner.cacheOutcomes[outcome] ?? 0) + 1;
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.streams) return;
    if (!this.hasData) this.runner.recordFirstEvent(this.dueAtMs);
    this.hasData = true;
    this.last =
      chunk.length >= END_MARKER.length
        ? chunk
        : Buffer.concat([this.last, chunk]).subarray(-END_MARKER.length);
  }

  onResponseEnd(): void {
    if (this.streams && !this.last.subarray(-END_MARKER.length).equals(END_MARKER))
      this.runner.brokenStreams += 1;
    this.runner.complete(this.client, this.dueAtMs, this.status);
  }

  onResponseError(): void {
    this.runner.complete(this.client, this.dueAtMs, 0);
  }
}

/** Microseconds up to a minute, three significant digits. */
function createHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  });
}

function toMicroseconds(milliseconds: number): number {
  return Math.min(60_000_000, Math.max(1, Math.round(milliseconds * 1_000)));
}
