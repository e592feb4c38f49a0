import type { Cluster, Redis } from 'ioredis';
import type { Clock } from '../../common/clock.port.js';
import { createId, type DeploymentId } from '../../common/ids.js';
import type { BreakerTransition } from './breaker.js';
import type { BreakerChannel, BreakerMessage } from './breaker-channel.port.js';
import { parseBreakerMessage, renderBreakerMessage } from './breaker-message.js';

const CHANNEL = 'tokenpak:breakers';

/** A close outlives an older open that is still on its way, then is forgotten. */
const CLOSE_TTL_MS = 60_000;

export interface RedisBreakerChannelOptions {
  /** Shared with others; used for SET, GET and PUBLISH. */
  commands: Redis | Cluster;
  /** A connection of its own: a subscribed connection takes no other commands. Closed by `close`. */
  subscriber: Redis | Cluster;
  clock: Clock;
  /** Hears of failures; the breakers themselves never do. */
  onError: (error: unknown) => void;
}

/**
 * Transitions through Redis: pub/sub for the processes that run, and per deployment two keys with a TTL (state and
 * cooldown) for those that start or reconnect. Redis down: messages are dropped and reported; every process goes on with
 * what it sees itself.
 */
export class RedisBreakerChannel implements BreakerChannel {
  private readonly sender = createId();
  private handler: ((message: BreakerMessage) => void) | null = null;

  constructor(private readonly options: RedisBreakerChannelOptions) {}

  publish(message: BreakerMessage): void {
    const ttlMs = Math.ceil(findTtlMs(message.transition, this.options.clock.nowMs()));
    if (ttlMs <= 0) return;
    const text = renderBreakerMessage({ ...message, sender: this.sender });
    const key =
      message.transition.type === 'cooldown'
        ? cooldownKey(message.deploymentId)
        : stateKey(message.deploymentId);
    this.report(this.options.commands.set(key, text, 'PX', ttlMs));
    this.report(this.options.commands.publish(CHANNEL, text));
  }

  subscribe(handler: (message: BreakerMessage) => void): void {
    this.handler = handler;
    const { subscriber } = this.options;
    subscriber.on('message', (_channel: string, text: string) => this.receive(text));
    // Subscribed again at every `ready`: with the offline queue off, the first attempt fails while Redis is down.
    subscriber.on('ready', () => this.report(subscriber.subscribe(CHANNEL)));
    if (subscriber.status === 'ready') this.report(subscriber.subscribe(CHANNEL));
  }

  recall(deploymentIds: readonly DeploymentId[]): void {
    for (const deploymentId of deploymentIds) {
      this.recallKey(stateKey(deploymentId));
      this.recallKey(cooldownKey(deploymentId));
    }
  }

  onGap(handler: () => void): void {
    this.options.subscriber.on('ready', handler);
  }

  close(): Promise<void> {
    this.handler = null;
    this.options.subscriber.disconnect();
    return Promise.resolve();
  }

  private recallKey(key: string): void {
    this.report(this.options.commands.get(key).then((text) => this.receive(text)));
  }

  private receive(text: string | null): void {
    const message = text === null ? null : parseBreakerMessage(text);
    if (message !== null && message.sender !== this.sender) this.handler?.(message);
  }

  private report(work: Promise<unknown>): void {
    work.catch(this.options.onError);
  }
}

/** The deployment id is the hash tag: both keys of a deployment live on one node. */
function stateKey(deploymentId: DeploymentId): string {
  return `tokenpak:breaker:{${deploymentId}}:state`;
}

function cooldownKey(deploymentId: DeploymentId): string {
  return `tokenpak:breaker:{${deploymentId}}:cooldown`;
}

function findTtlMs(transition: BreakerTransition, nowMs: number): number {
  return transition.type === 'close' ? CLOSE_TTL_MS : transition.untilMs - nowMs;
}
