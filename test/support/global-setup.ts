import { startPostgres } from './postgres-server.ts';
import { provideRedis } from './redis-server.ts';
import type { RunningService } from './test-services.ts';

declare global {
  var testServices: RunningService[] | undefined;
}

/**
 * Starts one real PostgreSQL and one real Redis for the run, each on a random port, and tells the tests through
 * TEST_DATABASE_URL (a superuser's; see test-database.ts) and TEST_REDIS_URL. Servers given by those variables are used
 * instead. Several runs at a time do not touch each other.
 */
export default async function setUp(): Promise<void> {
  const services: RunningService[] = [];
  globalThis.testServices = services;
  await Promise.all([
    provide('TEST_DATABASE_URL', startPostgres, services),
    provide('TEST_REDIS_URL', provideRedis, services),
  ]);
}

async function provide(
  variable: string,
  start: () => Promise<RunningService>,
  services: RunningService[],
): Promise<void> {
  if (process.env[variable]) return;
  const service = await start();
  services.push(service);
  process.env[variable] = service.url;
}
