/** How to reach Redis: one server, a Sentinel-watched master, or a cluster. */
export type RedisTarget =
  | { kind: 'single'; url: string }
  | {
      kind: 'sentinel';
      nodes: RedisNode[];
      masterName: string;
      db: number;
      credentials: RedisCredentials;
      /** Of the Sentinels themselves, which have accounts of their own. */
      sentinelCredentials: Pick<RedisCredentials, 'username' | 'password'>;
    }
  | { kind: 'cluster'; nodes: RedisNode[]; credentials: RedisCredentials };

export interface RedisNode {
  host: string;
  port: number;
}

export interface RedisCredentials {
  username: string | undefined;
  password: string | undefined;
  isTls: boolean;
}

const PATTERN =
  /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^/?#]*))?(?:\/(\d+))?(?:\?([^#]*))?$/;
const DEFAULT_PORTS = { single: 6_379, sentinel: 26_379, cluster: 6_379 };

/**
 * `redis://user:password@host:6379/0`, `redis+sentinel://:password@host:26379,host2:26379/master-name/0`,
 * `redis+cluster://host:6379,host2:6379`; `rediss` for TLS. Sentinels that want a password of their own get it from
 * `?sentinelPassword=` and `?sentinelUsername=`.
 * @throws when it is none of these; the message does not repeat the URL, which holds a password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const match = PATTERN.exec(url);
  if (match === null) throw new Error('REDIS_URL is not a URL of a Redis server, Sentinel or cluster');
  const [, scheme, form, userInfo, hosts = '', path = '', db = '0', query] = match;
  if (form === undefined) {
    if (hosts.includes(','))
      throw new Error('REDIS_URL with several hosts is redis+sentinel:// or redis+cluster://');
    return { kind: 'single', url };
  }
  const credentials = parseCredentials(userInfo, scheme === 'rediss');
  const nodes = hosts
    .split(',')
    .map((host) => parseNode(host, DEFAULT_PORTS[form as 'sentinel' | 'cluster']));
  if (form === 'cluster') {
    if (path !== '' || query !== undefined)
      throw new Error('REDIS_URL of a cluster has hosts and nothing after them');
    return { kind: 'cluster', nodes, credentials };
  }
  if (path === '')
    throw new Error('REDIS_URL of a Sentinel must name the master: redis+sentinel://host:26379/name');
  return {
    kind: 'sentinel',
    nodes,
    masterName: decodeURIComponent(path),
    db: Number(db),
    credentials,
    sentinelCredentials: parseSentinelCredentials(query ?? ''),
  };
}

function parseSentinelCredentials(query: string): Pick<RedisCredentials, 'username' | 'password'> {
  const params = new URLSearchParams(query);
  for (const name of params.keys()) {
    if (name !== 'sentinelUsername' && name !== 'sentinelPassword')
      throw new Error(
        'REDIS_URL of a Sentinel knows the parameters sentinelUsername and sentinelPassword only',
      );
  }
  return {
    username: params.get('sentinelUsername') ?? undefined,
    password: params.get('sentinelPassword') ?? undefined,
  };
}

function parseCredentials(userInfo: string | undefined, isTls: boolean): RedisCredentials {
  if (userInfo === undefined) return { username: undefined, password: undefined, isTls };
  const colon = userInfo.indexOf(':');
  const user = colon < 0 ? userInfo : userInfo.slice(0, colon);
  return {
    username: user === '' ? undefined : decodeURIComponent(user),
    password: colon < 0 ? undefined : decodeURIComponent(userInfo.slice(colon + 1)),
    isTls,
  };
}

function parseNode(text: string, defaultPort: number): RedisNode {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text) ?? /^([^:]+)(?::(\d+))?$/.exec(text);
  if (bracketed === null) throw new Error('REDIS_URL has a node that is not host:port');
  return { host: bracketed[1] as string, port: Number(bracketed[2] ?? defaultPort) };
}
