import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { connectRedis } from '../../pipeline/rate-limiter/testing/connect-redis.js';
import { openRedis, type RedisConnection } from './redis-client.js';

const DEADLINE_MS = 100;

let redis: RedisConnection;
beforeEach(async () => {
  redis = await connectRedis();
});
afterEach(() => redis.close());

/** Sizes of the writes to the socket from now on, in commands. */
function watchWrites(): number[] {
  if (!(redis.commands instanceof Redis)) throw new Error('The test needs the socket of a single server');
  const writes: number[] = [];
  const { stream } = redis.commands;
  const write = stream._write.bind(stream);
  const writev = stream._writev?.bind(stream);
  stream._write = (chunk, encoding, done) => {
    writes.push(1);
    write(chunk, encoding, done);
  };
  stream._writev = (chunks, done) => {
    writes.push(chunks.length);
    writev?.(chunks, done);
  };
  return writes;
}

describe('RedisConnection', () => {
  it('sends the commands of one callback in one write', async () => {
    const writes = watchWrites();
    const answers = [1, 2, 3].map((value) => redis.run((commands) => commands.echo(String(value))));
    expect(await Promise.all(answers)).toEqual(['1', '2', '3']);
    expect(await redis.run((commands) => commands.ping())).toBe('PONG');
    expect(writes).toEqual([3, 1]);
  });

  it('lets others send along with a command, once per write', async () => {
    const writes = watchWrites();
    const heard: string[] = [];
    redis.onDeparture(() => {
      void redis.run((commands) => commands.echo('along')).then((answer) => heard.push(answer));
    });
    await Promise.all([1, 2].map(() => redis.run((commands) => commands.ping())));
    expect([writes, heard]).toEqual([[3], ['along']]);
  });

  it('goes on after a command that Redis refused', async () => {
    await expect(redis.run((commands) => commands.call('no-such-command'))).rejects.toThrow(
      /unknown command/,
    );
    expect(await redis.run((commands) => commands.ping())).toBe('PONG');
  });

  describe('with a deadline', () => {
    let impatient: RedisConnection;
    beforeEach(async () => {
      impatient = openRedis(process.env.TEST_REDIS_URL ?? '', DEADLINE_MS);
      await once(impatient.commands, 'ready');
    });
    afterEach(() => impatient.close());

    it.each([1, 5, 30])('reads what has arrived when a busy loop is %d ms late for it', async (lateMs) => {
      const startMs = performance.now();
      const answer = impatient.run((commands) => commands.ping());
      // After the write, which leaves in a callback of its own before this one.
      process.nextTick(() => {
        while (performance.now() - startMs < DEADLINE_MS + lateMs);
      });
      expect(await answer).toBe('PONG');
    });

    it('gives up on what Redis does not answer in time', async () => {
      const answer = impatient.run((commands) => commands.blpop(randomUUID(), (4 * DEADLINE_MS) / 1_000));
      await expect(answer).rejects.toThrow(`Redis did not answer within ${DEADLINE_MS} ms`);
    });
  });
});
