import { createHash } from 'node:crypto';
import type { RedisClient } from '../../../storage/redis/create-redis-client.js';

/** A Lua script, sent by its hash and in full to a server that does not know it (yet, or no longer after a restart). */
export class RedisScript {
  private readonly sha: string;

  constructor(private readonly source: string) {
    // What Redis itself names a script by.
    this.sha = createHash('sha1').update(source).digest('hex');
  }

  async run(
    redis: RedisClient,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await redis.evalsha(this.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return redis.eval(this.source, keys.length, ...keys, ...args);
    }
  }

  /** The script and the value of another key, if any, in one round trip. */
  async runWithGet(
    redis: RedisClient,
    keys: readonly string[],
    args: readonly (string | number)[],
    valueKey: string | null,
  ): Promise<{ reply: unknown; value: Buffer | null }> {
    if (valueKey === null) return { reply: await this.run(redis, keys, args), value: null };
    const pipeline = redis.pipeline().getBuffer(valueKey);
    const results = await pipeline.evalsha(this.sha, keys.length, ...keys, ...args).exec();
    const [valueResult, scriptResult] = results ?? [];
    if (valueResult === undefined || scriptResult === undefined)
      throw new Error('The pipeline was discarded');
    const [valueError, value] = valueResult;
    if (valueError !== null) throw valueError;
    const [scriptError, reply] = scriptResult;
    if (scriptError !== null && !isUnknownScript(scriptError)) throw scriptError;
    return {
      value: value as Buffer | null,
      reply: scriptError === null ? reply : await redis.eval(this.source, keys.length, ...keys, ...args),
    };
  }
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
