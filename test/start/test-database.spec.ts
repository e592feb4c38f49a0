import { Redis } from 'ioredis';
import pg from 'pg';
import { createTestDatabase } from '../support/test-database.ts';

it('gives each test a database of its own and removes it afterwards', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('CREATE TABLE proof (id int)');
  await client.end();
  await database.drop();

  const late = new pg.Client({ connectionString: database.url });
  await expect(late.connect()).rejects.toThrow('does not exist');
});

it('offers a Redis that answers', async () => {
  const redis = new Redis(process.env.TEST_REDIS_URL ?? '');
  await expect(redis.ping()).resolves.toBe('PONG');
  redis.disconnect();
});
