import { createHash } from 'node:crypto';
import type { RedisClient } from './create-redis-client.js';

type Arguments = readonly (string | number | Buffer)[];

/** A Lua script, sent by its hash and in full to a server that does not know it (yet, or no longer after a restart). */
export class RedisScript {
  private readonly sha: string;

  constructor(private readonly source: string) {
    // What Redis itself names a script by.
    this.sha = createHash('sha1').update(source).digest('hex');
  }

  async run(redis: RedisClient, keys: readonly string[], args: Arguments): Promise<unknown> {
    try {
      return await redis.evalsha(this.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return redis.eval(this.source, keys.length, ...keys, ...args);
    }
  }

  /** The same with every text of the reply as bytes. */
  async runForBytes(redis: RedisClient, keys: readonly string[], args: Arguments): Promise<unknown> {
    try {
      return await redis.callBuffer('evalsha', this.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return redis.callBuffer('eval', this.source, keys.length, ...keys, ...args);
    }
  }
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
