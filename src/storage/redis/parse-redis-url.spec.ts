import { parseRedisUrl } from './parse-redis-url.js';

const OPEN = { username: undefined, password: undefined };

describe('parseRedisUrl', () => {
  it.each([
    'redis://127.0.0.1:6379',
    'redis://user:p%40ss@host:6379/3',
    'rediss://:secret@host/0',
    'redis://[::1]:6379',
    'redis://host:6379?family=6',
  ])('leaves the URL of one server to the client: %s', (url) => {
    expect(parseRedisUrl(url)).toEqual({ kind: 'single', url });
  });

  it('reads Sentinels, their master and database, and both kinds of credentials', () => {
    const url =
      'rediss+sentinel://user:p%40ss@one:1,two,[::1]:3/my%20master/5?sentinelUsername=watch&sentinelPassword=s%26t';
    expect(parseRedisUrl(url)).toEqual({
      kind: 'sentinel',
      nodes: [
        { host: 'one', port: 1 },
        { host: 'two', port: 26_379 },
        { host: '::1', port: 3 },
      ],
      masterName: 'my master',
      db: 5,
      credentials: { username: 'user', password: 'p@ss', isTls: true },
      sentinelCredentials: { username: 'watch', password: 's&t' },
    });
    expect(parseRedisUrl('redis+sentinel://one/main')).toMatchObject({
      db: 0,
      credentials: { ...OPEN, isTls: false },
      sentinelCredentials: OPEN,
    });
  });

  it('reads the nodes of a cluster', () => {
    expect(parseRedisUrl('redis+cluster://:secret@one:7000,two')).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'one', port: 7_000 },
        { host: 'two', port: 6_379 },
      ],
      credentials: { username: undefined, password: 'secret', isTls: false },
    });
    expect(parseRedisUrl('rediss+cluster://one')).toMatchObject({ credentials: { isTls: true } });
  });

  it.each([
    ['another scheme', 'http://:hidden@host'],
    ['no host', 'redis+cluster://:hidden@'],
    ['a Sentinel without its master', 'redis+sentinel://:hidden@host:26379'],
    ['a parameter that no Sentinel has', 'redis+sentinel://:hidden@host/main?password=hidden'],
    ['a cluster with a database', 'redis+cluster://:hidden@host/1'],
    ['a cluster with a parameter', 'redis+cluster://:hidden@host?sentinelPassword=hidden'],
    ['a node without a port', 'redis+cluster://:hidden@host:x'],
    ['several hosts without saying what they are', 'redis://:hidden@one,two'],
  ])('refuses %s, without repeating what may hold a password', (_name, url) => {
    const parse = (): unknown => parseRedisUrl(url);
    expect(parse).toThrow(/^REDIS_URL /);
    expect(parse).not.toThrow(/hidden/);
  });
});
