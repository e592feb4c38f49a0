import { Redis } from 'ioredis';
import { connectRedis } from '../../pipeline/rate-limiter/testing/connect-redis.js';
import type { RedisConnection } from './redis-client.js';

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
});
