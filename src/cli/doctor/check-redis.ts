import type { GatewayConfig } from '../../config/gateway-config.js';
import { openRedis } from '../../storage/redis/redis-client.js';
import { waitForRedis } from '../../storage/redis/wait-for-redis.js';
import { broken, type Finding, ok } from './finding.js';

const PATIENCE_MS = 3_000;

export async function checkRedis({ redisUrl, redisTimeoutMs }: GatewayConfig): Promise<Finding[]> {
  if (redisUrl === null) return [ok('redis', 'not used: limits and caches live in the one gateway process')];
  const redis = openRedis(redisUrl, redisTimeoutMs);
  try {
    if (await waitForRedis(redis.commands, PATIENCE_MS)) return [ok('redis', 'answers')];
    const advice =
      'Check REDIS_URL and that the server runs; until it answers, limits are kept by each process alone.';
    return [broken('redis', 'does not answer', advice)];
  } finally {
    await redis.close();
  }
}
