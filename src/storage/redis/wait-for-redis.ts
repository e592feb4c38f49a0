import type { RedisClient } from './create-redis-client.js';

/** Whether the connection became ready in time. It goes on connecting when it did not. */
export function waitForRedis(client: RedisClient, timeoutMs: number): Promise<boolean> {
  if (client.status === 'ready') return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (isReady: boolean): void => {
      clearTimeout(timer);
      client.off('ready', onReady);
      resolve(isReady);
    };
    const onReady = (): void => settle(true);
    const timer = setTimeout(() => settle(false), timeoutMs);
    client.once('ready', onReady);
  });
}
