import { once } from 'node:events';
import { openRedis, type RedisConnection } from '../../../storage/redis/redis-client.js';

/** A connection that is ready; by default to the run's Redis. The caller closes it. */
export async function connectRedis(url = process.env.TEST_REDIS_URL ?? ''): Promise<RedisConnection> {
  const redis = openRedis(url);
  await once(redis.commands, 'ready');
  return redis;
}
