import { Redis } from 'ioredis';
import { createRedisClient, type RedisClient } from './create-redis-client.js';
import { RedisBreaker } from './redis-breaker.js';

/** Null where no Redis is configured. */
export const REDIS_CONNECTION = Symbol('RedisConnection');

/** A command must be answered within this; what is late is unknown, not refused: Redis may have executed it. */
const DEFAULT_DEADLINE_MS = 50;

/** Redis did not answer in time, is not connected, or is left alone after failures. The command may have been executed. */
export class RedisUnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RedisUnavailableError';
  }
}

/** One for all: while Redis is down, a stack for each refused command would be the dearest part of a request. */
const LEFT_ALONE = new RedisUnavailableError('Redis is left alone after repeated failures');

/** The process's connection to Redis. Nothing here blocks for longer than the deadline. */
export interface RedisConnection {
  /** For commands in the background, whose failure is the caller's to catch; offline they fail at once. */
  readonly commands: RedisClient;
  /** A connection of its own for a subscriber; the caller closes it. */
  createSubscriber(): RedisClient;
  /**
   * Runs commands on a request's path.
   * @throws RedisUnavailableError after the deadline, at once while offline or after repeated failures. An error that Redis itself
   * answered is passed on and counts as an answer.
   */
  run<Result>(operation: (commands: RedisClient) => Promise<Result>): Promise<Result>;
  /** Calls back whenever a command of `run` is about to leave: what the listener sends now travels in the same write. */
  onDeparture(listener: () => void): void;
  isHealthy(): boolean;
  close(): Promise<void>;
}

/** @param deadlineMs REDIS_TIMEOUT_MS. */
export function openRedis(url: string, deadlineMs = DEFAULT_DEADLINE_MS): RedisConnection {
  return new GuardedRedisConnection(url, deadlineMs);
}

class GuardedRedisConnection implements RedisConnection {
  readonly commands: RedisClient;
  private readonly breaker = new RedisBreaker();
  private readonly departureListeners: (() => void)[] = [];
  private isGathering = false;

  constructor(
    private readonly url: string,
    private readonly deadlineMs: number,
  ) {
    this.commands = createRedisClient(url, 'tokenpak-gateway');
  }

  createSubscriber(): RedisClient {
    return createRedisClient(this.url, 'tokenpak-subscriber');
  }

  run<Result>(operation: (commands: RedisClient) => Promise<Result>): Promise<Result> {
    if (!this.breaker.mayTry(performance.now())) {
      return Promise.reject(LEFT_ALONE);
    }
    this.gatherWrites();
    return new Promise<Result>((resolve, reject) => {
      let isOver = false;
      const giveUp = (): void => {
        if (isOver) return;
        isOver = true;
        this.breaker.recordFailure(performance.now());
        reject(new RedisUnavailableError(`Redis did not answer within ${this.deadlineMs} ms`));
      };
      const timer = setTimeout(() => afterReading(giveUp), this.deadlineMs);
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        if (isOver) return;
        isOver = true;
        settle();
      };
      operation(this.commands).then(
        (result) =>
          end(() => {
            this.breaker.recordSuccess();
            resolve(result);
          }),
        (error: unknown) => end(() => reject(this.convertError(error))),
      );
    });
  }

  onDeparture(listener: () => void): void {
    this.departureListeners.push(listener);
  }

  isHealthy(): boolean {
    return this.commands.status === 'ready' && !this.breaker.isOpen;
  }

  async close(): Promise<void> {
    if (this.commands.status === 'ready') await this.commands.quit().catch(() => undefined);
    this.commands.disconnect();
  }

  /**
   * Lets the commands of one callback of the event loop leave in one write: the system call, and Redis waking up for it, cost
   * more than a command. No longer: what the loop does next may take a good part of the deadline. A Cluster's connections are its
   * own business.
   */
  private gatherWrites(): void {
    if (this.isGathering) return;
    this.isGathering = true;
    const stream = this.commands instanceof Redis ? this.commands.stream : null;
    stream?.cork();
    process.nextTick(() => {
      this.isGathering = false;
      stream?.uncork();
    });
    for (const listener of this.departureListeners) listener();
  }

  /** An error reply is Redis's own answer; everything else means that it cannot be reached. */
  private convertError(error: unknown): Error {
    if (error instanceof Error && error.name === 'ReplyError') {
      this.breaker.recordSuccess();
      return error;
    }
    this.breaker.recordFailure(performance.now());
    return new RedisUnavailableError('Redis cannot be reached', { cause: error });
  }
}

/**
 * Timers come before sockets in a turn of the event loop: what arrived while the loop was busy with requests is still unread when
 * the deadline fires, and is no fault of Redis. The second call comes after the sockets have been read for certain.
 */
function afterReading(callback: () => void): void {
  setImmediate(() => setImmediate(callback));
}
