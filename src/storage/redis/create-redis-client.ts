import { Cluster, Redis, type CommonRedisOptions } from 'ioredis';
import { parseRedisUrl, type RedisCredentials } from './parse-redis-url.js';

export type RedisClient = Redis | Cluster;

const CONNECT_TIMEOUT_MS = 2_000;
const MAX_RECONNECT_DELAY_MS = 1_000;

/**
 * Commands fail at once while there is no connection instead of queueing up behind it: the caller has a fallback, and a
 * queue would be executed long after everybody stopped waiting. Reconnecting never gives up.
 */
const COMMON: CommonRedisOptions = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  connectTimeout: CONNECT_TIMEOUT_MS,
  keepAlive: 30_000,
  enableAutoPipelining: false,
  retryStrategy: (attempt: number) => Math.min(50 * attempt, MAX_RECONNECT_DELAY_MS),
};

export function createRedisClient(url: string, connectionName: string): RedisClient {
  const target = parseRedisUrl(url);
  const client = createClient(target, connectionName);
  // Failures reach the callers of commands; without a listener ioredis prints each reconnect.
  client.on('error', () => undefined);
  return client;
}

function createClient(target: ReturnType<typeof parseRedisUrl>, connectionName: string): RedisClient {
  switch (target.kind) {
    case 'single':
      return new Redis(target.url, { ...COMMON, connectionName });
    case 'sentinel':
      return new Redis({
        ...COMMON,
        ...renderCredentials(target.credentials),
        connectionName,
        sentinels: target.nodes,
        name: target.masterName,
        db: target.db,
        enableTLSForSentinelMode: target.credentials.isTls,
        ...(target.credentials.isTls ? { sentinelTLS: {} } : {}),
        ...renderSentinelCredentials(target.sentinelCredentials),
      });
    case 'cluster':
      return new Cluster(target.nodes, {
        enableOfflineQueue: false,
        clusterRetryStrategy: (attempt) => Math.min(50 * attempt, MAX_RECONNECT_DELAY_MS),
        redisOptions: { ...COMMON, ...renderCredentials(target.credentials), connectionName },
      });
  }
}

function renderCredentials({ username, password, isTls }: RedisCredentials) {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isTls ? { tls: {} } : {}),
  };
}

function renderSentinelCredentials({ username, password }: Pick<RedisCredentials, 'username' | 'password'>) {
  return {
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
  };
}
