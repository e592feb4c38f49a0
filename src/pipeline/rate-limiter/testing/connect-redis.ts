import { once } from 'node:events';
import { openRedis, type RedisConnection } from '../../../storage/redis/redis-client.js';

/** A test's machine may be busy; what it asks is not how long it takes. */
const PATIENT_MS = 20_000;

/** A connection that is ready; by default to the run's Redis. The caller closes it. */
export async function connectRedis(url = process.env.TEST_REDIS_URL ?? ''): Promise<RedisConnection> {
  const redis = openRedis(url, PATIENT_MS);
  await once(redis.commands, 'ready');
  return redis;
}
