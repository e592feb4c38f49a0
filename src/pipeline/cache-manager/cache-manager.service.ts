import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import type { Answer, AnswerOrigin, StreamAnswer, StreamControl, StreamSink } from '../answer.js';
import type { RequestContext } from '../request-context.js';
import { WireBytes } from '../wire-bytes.js';
import { BroadcastStream } from './broadcast-stream.js';
import {
  type CacheEntry,
  decodeCacheEntry,
  encodeCacheEntry,
  type HeldCacheEntry,
  holdCacheEntry,
} from './cache-entry.js';
import { SHARED_CACHE_STORE, type SharedCacheStore } from './cache-store.port.js';
import { computeCacheKey } from './compute-cache-key.js';
import { decideCacheUse } from './decide-cache-use.js';
import { dependsOnForm } from './depends-on-form.js';
import { Flight } from './flight.js';

export interface CacheManagerOptions {
  /** Derived from the encryption key, so that processes of one installation agree. */
  keySecret: string;
  maxMemoryBytes: number;
  maxEntryBytes: number;
}

export const CACHE_MANAGER_OPTIONS = Symbol('CacheManagerOptions');

/** What an entry takes beside its bytes: its objects, its key, the list's links. Measured. */
const ENTRY_OVERHEAD_BYTES = 400;

type Upstream = () => Promise<Answer>;

/**
 * Cache Manager: exact answers, never across tenants.
 *
 * 1. `prepare` decides whether the cache may be used and computes the key (see computeCacheKey), before the limiter, whose
 *    round trip also reads the shared cache.
 * 2. `lookupCache`: memory, then what the round trip brought.
 * 3. A miss flies once: identical requests in this process wait for the same upstream call and pay nothing. One that a budget
 *    bounds flies with those that are bounded alike, one that sets a time limit flies alone.
 * 4. `storeResponse`: complete, successful answers only, as the upstream's bytes.
 *
 * Redis down: every shared read is a miss, writes are dropped.
 */
@Injectable()
export class CacheManagerService {
  private readonly memory: LRUCache<string, HeldCacheEntry>;
  /** By `findFlightKey`. */
  private readonly flights = new Map<string, Flight>();

  constructor(
    @Inject(CACHE_MANAGER_OPTIONS) private readonly options: CacheManagerOptions,
    @Inject(SHARED_CACHE_STORE) private readonly shared: SharedCacheStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.memory = new LRUCache({
      maxSize: options.maxMemoryBytes,
      maxEntrySize: options.maxEntryBytes,
      sizeCalculation: (entry) => entry.text.length + ENTRY_OVERHEAD_BYTES,
    });
  }

  /** Sets the context's cache decision. Returns the key to read from the shared cache, or null. */
  prepare(context: RequestContext): string | null {
    const headers = context.request.headers;
    const { native, scanned } = context.getBody();
    const { tenant } = context.getGrant();
    const use = decideCacheUse(tenant.cache, native, context.controls);
    if (!use.use) {
      context.cacheSkipReason = use.reason;
      return null;
    }
    context.cacheKey = computeCacheKey({
      secret: this.options.keySecret,
      tenantId: tenant.id,
      planFingerprint: context.getPlan().fingerprint,
      route: context.route.name,
      anthropicBeta: readHeader(headers['anthropic-beta']) ?? '',
      form: dependsOnForm(native) ? (native.stream ? 'stream' : 'whole') : null,
      body: scanned.json,
    });
    context.cacheTtlSeconds = use.ttlSeconds;
    context.mayReadCache = use.mayRead;
    if (!use.mayRead || this.findFresh(context.cacheKey) !== null) return null;
    return this.shared.buildKey(tenant.id, context.cacheKey);
  }

  /** The stored answer, or null. */
  lookupCache(context: RequestContext): Answer | null {
    if (context.cacheKey === null || !context.mayReadCache) return null;
    const held = this.findFresh(context.cacheKey) ?? this.adoptShared(context, context.cacheKey);
    return held === null ? null : replayEntry(held);
  }

  /** Answers a miss: joins a flight, or starts one. */
  async answerMiss(context: RequestContext, callUpstream: Upstream): Promise<Answer> {
    const key = context.cacheKey;
    // A request with a kept refusal must not lead: the others would be refused for its empty budget.
    if (key === null || context.keptRefusal !== null) return callUpstream();
    const flightKey = findFlightKey(key, context);
    const running = flightKey !== null && context.mayReadCache ? this.flights.get(flightKey) : undefined;
    if (running?.canJoin && running.answer !== null) {
      running.join(context);
      context.flight = running;
      context.cacheOutcome = 'shared';
      return this.waitFor(running.answer, context);
    }
    const flight = this.openFlight(context, flightKey);
    flight.answer = this.fly(context, key, flight, callUpstream);
    return flight.answer;
  }

  /** The call that is waited for is another's, but an upstream's all the same. */
  private async waitFor(answer: Promise<Answer>, context: RequestContext): Promise<Answer> {
    const sinceMs = this.clock.monotonicMs();
    try {
      return await answer;
    } finally {
      context.upstreamMs += this.clock.monotonicMs() - sinceMs;
    }
  }

  /** Others find it by its key; one without is for its request alone. */
  private openFlight(context: RequestContext, flightKey: string | null): Flight {
    const flight = new Flight(context, () => context.upstreamRun?.abort());
    flight.join(context);
    context.flight = flight;
    if (flightKey === null) return flight;
    this.flights.set(flightKey, flight);
    flight.onFinish(() => {
      if (this.flights.get(flightKey) === flight) this.flights.delete(flightKey);
    });
    return flight;
  }

  private async fly(
    context: RequestContext,
    key: string,
    flight: Flight,
    callUpstream: Upstream,
  ): Promise<Answer> {
    let answer: Answer;
    try {
      answer = await callUpstream();
    } catch (error) {
      flight.finish();
      throw error;
    }
    if (answer.kind === 'whole') {
      this.storeResponse(context, key, 'whole', answer.origin, answer.body);
      flight.finish();
      return answer;
    }
    const { origin } = answer;
    const stream = new BroadcastStream(new FinishingStream(answer, flight), {
      maxRecordedBytes: this.options.maxEntryBytes,
      onRecorded: (bytes) => this.storeResponse(context, key, 'stream', origin, WireBytes.ofBuffer(bytes)),
    });
    flight.attachStream(stream);
    return stream;
  }

  /** Keeps an answer unless it is too large, was cut short, or holds an error. */
  storeResponse(
    context: RequestContext,
    key: string,
    form: CacheEntry['form'],
    origin: AnswerOrigin,
    body: WireBytes,
  ): void {
    if (!context.isComplete || wasCutByBudget(context) || body.length > this.options.maxEntryBytes) return;
    const storedAtMs = this.clock.nowMs();
    const expiresAtMs = storedAtMs + context.cacheTtlSeconds * 1_000;
    const { dialect, droppedParams } = origin;
    const entry: CacheEntry = { dialect, form, droppedParams, body, storedAtMs, expiresAtMs };
    this.remember(key, entry);
    const { id } = context.getGrant().tenant;
    const sharedKey = this.shared.buildKey(id, key);
    if (sharedKey !== null)
      this.shared.write(id, sharedKey, encodeCacheEntry(entry), context.cacheTtlSeconds);
  }

  private adoptShared(context: RequestContext, key: string): HeldCacheEntry | null {
    const bytes = context.sharedCacheBytes;
    const entry = bytes === null ? null : decodeCacheEntry(bytes);
    if (entry === null || entry.expiresAtMs <= this.clock.nowMs()) return null;
    return this.remember(key, entry);
  }

  /** One that has ended is dropped: another process may have stored a newer answer. */
  private findFresh(key: string): HeldCacheEntry | null {
    const entry = this.memory.get(key);
    if (entry === undefined) return null;
    if (entry.expiresAtMs > this.clock.nowMs()) return entry;
    this.memory.delete(key);
    return null;
  }

  /** The LRU is told no time to live: it would start a timer for every look-up, to read the clock less often. */
  private remember(key: string, entry: CacheEntry): HeldCacheEntry {
    const held = holdCacheEntry(entry);
    this.memory.set(key, held);
    return held;
  }
}

/**
 * Who waits for another's call gets what that one gets, cut where its budget cuts it. Null for a request with a time limit of
 * its own, which counts from its own start: it would end the others' call too early, and theirs does not end in its time.
 */
function findFlightKey(
  cacheKey: string,
  { enforcedMaxOutputTokens, controls }: RequestContext,
): string | null {
  if (controls.timeoutMs !== null) return null;
  return enforcedMaxOutputTokens === null ? cacheKey : `${cacheKey} ${enforcedMaxOutputTokens}`;
}

/** A maximum that only this key's budget asked for: another key would have got more. */
function wasCutByBudget({ enforcedMaxOutputTokens, usage }: RequestContext): boolean {
  if (enforcedMaxOutputTokens === null) return false;
  return usage === null || usage.outputTokens >= enforcedMaxOutputTokens;
}

function replayEntry({ dialect, form, text, droppedParams }: HeldCacheEntry): Answer {
  const origin = { dialect, provider: null, deployment: null, headers: {}, droppedParams };
  const body = WireBytes.ofLatin1(text);
  return form === 'whole' ? { kind: 'whole', origin, body } : new RecordedStream(origin, body.buffer);
}

/** A recorded stream is delivered at once; the consumer's socket does the pacing. */
class RecordedStream implements StreamAnswer {
  readonly kind = 'stream';

  constructor(
    readonly origin: AnswerOrigin,
    private readonly bytes: Buffer,
  ) {}

  subscribe(sink: StreamSink): StreamControl {
    sink.onData(this.bytes);
    sink.onEnd();
    return IDLE_CONTROL;
  }
}

const IDLE_CONTROL: StreamControl = {
  pause: () => undefined,
  resume: () => undefined,
  abort: () => undefined,
};

/** Tells the flight when its stream is over, before the consumers hear of it. */
class FinishingStream implements StreamAnswer {
  readonly kind = 'stream';
  readonly origin: AnswerOrigin;

  constructor(
    private readonly source: StreamAnswer,
    private readonly flight: Flight,
  ) {
    this.origin = source.origin;
  }

  subscribe(sink: StreamSink): StreamControl {
    const { flight } = this;
    return this.source.subscribe({
      onData: (chunk) => sink.onData(chunk),
      onEnd: () => {
        flight.finish();
        sink.onEnd();
      },
      onFailure: (error) => {
        flight.finish();
        sink.onFailure(error);
      },
    });
  }
}

function readHeader(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
