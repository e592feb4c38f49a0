import type { Cluster, Redis } from 'ioredis';
import { createId, isUuid } from '../../common/ids.js';
import { findRingTrace, isWanted } from './find-ring-trace.js';
import type { PipelineTraceRecord } from './pipeline-trace.js';
import type { RemoteTraces, WantedTrace } from './remote-traces.port.js';
import { toTraceRecord } from './trace-builder.js';
import {
  MAX_MESSAGE_LENGTH,
  parseTraceAnswer,
  parseTraceQuestion,
  type TraceAnswer,
  type TraceQuestion,
} from './trace-message.js';
import type { TraceRing } from './trace-ring.js';

const QUESTIONS = 'tokenpak:traces:questions';
const answersTo = (sender: string): string => `tokenpak:traces:answers:${sender}`;

const DEADLINE_MS = 500;
/** More readers at once than this are told that there is no such trace. */
const MAX_WAITING = 200;
/** Searching a full ring for a client's W3C trace id takes up to a millisecond; a flood of questions must not stop the traffic. */
const MAX_SEARCHES_PER_SECOND = 20;

export interface RedisRemoteTracesOptions {
  /** Shared with others; used for PUBLISH. */
  commands: Redis | Cluster;
  /** A connection of its own: a subscribed connection takes no other commands. Closed by `close`. */
  subscriber: Redis | Cluster;
  /** What this process answers from. */
  ring: TraceRing;
  /** Hears of failures; those who ask never do. */
  onError: (error: unknown) => void;
  deadlineMs?: number;
}

interface Waiting {
  wanted: WantedTrace;
  resolve: (trace: PipelineTraceRecord | null) => void;
}

/**
 * Asks the other processes through Redis.
 *
 * 1. The question (an id, and the tenant that may see it) goes to all on one channel; whoever has the trace answers on the
 *    asking process's own channel. Who has none is silent.
 * 2. The first answer that fits wins. It is checked like a trace of one's own ring: right id, right tenant. One that does not
 *    fit is ignored and the wait goes on, so that a foreign trace and a missing one take the same time.
 * 3. After the deadline there is no such trace. Where nobody else listens this is known at once.
 *
 * Redis down: nobody is asked and there is no such trace, at once. Requests of the data plane never come here.
 */
export class RedisRemoteTraces implements RemoteTraces {
  private readonly self = createId();
  private readonly waiting = new Map<string, Waiting>();
  private isListening = false;
  private second = 0;
  private searchesInSecond = 0;

  constructor(private readonly options: RedisRemoteTracesOptions) {
    const { subscriber } = options;
    subscriber.on('message', (channel: string, text: string) => this.receive(channel, text));
    // Subscribed again at every `ready`: with the offline queue off, the first attempt fails while Redis is down.
    subscriber.on('ready', () => void this.listen());
    subscriber.on('close', () => (this.isListening = false));
    if (subscriber.status === 'ready') void this.listen();
  }

  find(wanted: WantedTrace): Promise<PipelineTraceRecord | null> {
    if (!this.isListening || this.waiting.size >= MAX_WAITING) return Promise.resolve(null);
    const correlation = createId();
    return new Promise((resolve) => {
      const end = (trace: PipelineTraceRecord | null): void => {
        clearTimeout(timer);
        this.waiting.delete(correlation);
        resolve(trace);
      };
      const timer = setTimeout(() => end(null), this.options.deadlineMs ?? DEADLINE_MS);
      this.waiting.set(correlation, { wanted, resolve: end });
      this.ask({ sender: this.self, correlation, ...wanted }).catch((error: unknown) => {
        this.options.onError(error);
        end(null);
      });
    });
  }

  close(): Promise<void> {
    this.isListening = false;
    for (const { resolve } of [...this.waiting.values()]) resolve(null);
    this.options.subscriber.disconnect();
    return Promise.resolve();
  }

  private async listen(): Promise<void> {
    try {
      await this.options.subscriber.subscribe(QUESTIONS, answersTo(this.self));
      this.isListening = true;
    } catch (error) {
      this.options.onError(error);
    }
  }

  private async ask(question: TraceQuestion): Promise<void> {
    const { commands } = this.options;
    const listeners = await commands.publish(QUESTIONS, JSON.stringify(question));
    // A node of a cluster knows only its own listeners.
    const isAlone = listeners <= 1 && !commands.isCluster;
    if (isAlone) this.waiting.get(question.correlation)?.resolve(null);
  }

  private receive(channel: string, text: string): void {
    if (channel === QUESTIONS) this.answer(parseTraceQuestion(text));
    else this.accept(parseTraceAnswer(text));
  }

  private answer(question: TraceQuestion | null): void {
    if (question === null || question.sender === this.self) return;
    if (!isUuid(question.id) && !this.maySearch()) return;
    const trace = findRingTrace(this.options.ring, question);
    if (trace === null) return;
    const answer: TraceAnswer = { correlation: question.correlation, trace: toTraceRecord(trace) };
    const text = JSON.stringify(answer);
    if (text.length > MAX_MESSAGE_LENGTH) return;
    this.options.commands.publish(answersTo(question.sender), text).catch(this.options.onError);
  }

  private accept(answer: TraceAnswer | null): void {
    const waiting = answer === null ? undefined : this.waiting.get(answer.correlation);
    if (answer !== null && waiting !== undefined && isWanted(answer.trace, waiting.wanted))
      waiting.resolve(answer.trace);
  }

  private maySearch(): boolean {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.second) {
      this.second = second;
      this.searchesInSecond = 0;
    }
    this.searchesInSecond += 1;
    return this.searchesInSecond <= MAX_SEARCHES_PER_SECOND;
  }
}
