import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';
import { findFreePort } from '../../src/storage/database/embedded/find-free-port.ts';
import { eventually } from './eventually.ts';
import { spawnService, type RunningService } from './test-services.ts';

const START_ATTEMPTS = 5;
const SERVER_NAMES = ['redis-server', 'valkey-server'];
const DEFAULT_PORT = 6_379;

/** A package manager and what makes it install Redis; the first that exists is used. */
const INSTALLERS: readonly (readonly string[][])[] = [
  [
    ['apt-get', 'update', '-qq'],
    ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'redis-server'],
  ],
  [['apk', 'add', '--no-cache', 'redis']],
  [['dnf', 'install', '-y', 'redis']],
  [['brew', 'install', 'redis']],
];

export interface RedisOptions {
  /** For a test that stops a server and starts it again where it was. */
  port?: number;
  /** Settings on top of the harness's, by their names in redis.conf. */
  settings?: Record<string, string>;
}

/** A new, empty Redis on a random port, without persistence. @throws when this machine has no Redis server. */
export async function startRedis(options: RedisOptions = {}): Promise<RunningService> {
  const command = findRedisServer();
  if (command === null) throw new Error('There is no redis-server on the PATH');
  for (let attempt = 1; ; attempt += 1) {
    const directory = mkdtempSync(join(tmpdir(), 'tokenpak-test-redis-'));
    const port = options.port ?? (await findFreePort());
    const settings = {
      port: String(port),
      bind: '127.0.0.1',
      dir: directory,
      save: '',
      appendonly: 'no',
      ...options.settings,
    };
    try {
      const service = await spawnService({
        command,
        args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
        directory,
        stopSignal: 'TERM',
        readyText: 'Ready to accept connections',
      });
      return { url: `redis://127.0.0.1:${port}`, pid: service.pid, stop: service.stop };
    } catch (error) {
      const isPortTaken = /Address already in use|Could not create server TCP/.test(String(error));
      if (attempt === START_ATTEMPTS || options.port !== undefined || !isPortTaken) throw error;
    }
  }
}

/**
 * A Redis for the whole run: one on the PATH, else one that already listens where Redis does by default, else one that
 * the system's package manager installs. @throws with what to do when none of it works.
 */
export async function provideRedis(): Promise<RunningService> {
  if (findRedisServer() !== null) return startRedis();
  if (await isRedisListening(DEFAULT_PORT)) {
    return { url: `redis://127.0.0.1:${DEFAULT_PORT}`, pid: 0, stop: () => Promise.resolve() };
  }
  installRedis();
  return startRedis();
}

export function hasRedisServer(): boolean {
  return findRedisServer() !== null;
}

/** A cluster of one node that has all slots. Like a larger one it refuses commands whose keys are in different slots. */
export async function startRedisCluster(): Promise<RunningService> {
  const password = 'cluster-secret';
  const node = await startRedis({
    // A node learns its address from others; one that is alone names none to its clients unless it is told.
    settings: { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1', requirepass: password },
  });
  const client = new Redis(node.url.replace('//', `//:${password}@`));
  try {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await eventually(async () => ((await client.cluster('INFO')).includes('cluster_state:ok') ? true : null));
  } finally {
    client.disconnect();
  }
  return { ...node, url: node.url.replace('redis://', `redis+cluster://:${password}@`) };
}

/** A master and a Sentinel that watches it, each with a password of its own. */
export async function startRedisSentinel(): Promise<RunningService> {
  const command = findRedisServer();
  if (command === null) throw new Error('There is no redis-server on the PATH');
  const master = await startRedis({ settings: { requirepass: 'master-secret' } });
  const directory = mkdtempSync(join(tmpdir(), 'tokenpak-test-sentinel-'));
  const file = join(directory, 'sentinel.conf');
  const port = await findFreePort();
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${directory}`,
    'requirepass sentinel-secret',
    `sentinel monitor main 127.0.0.1 ${new URL(master.url).port} 1`,
    'sentinel auth-pass main master-secret',
  ];
  writeFileSync(file, settings.join('\n'));
  const sentinel = await spawnService({
    command,
    args: [file, '--sentinel'],
    directory,
    stopSignal: 'TERM',
    readyText: '+monitor master main',
  });
  return {
    url: `redis+sentinel://:master-secret@127.0.0.1:${port}/main/0?sentinelPassword=sentinel-secret`,
    pid: sentinel.pid,
    stop: async () => {
      await sentinel.stop();
      await master.stop();
    },
  };
}

function findRedisServer(): string | null {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ];
  const candidates = SERVER_NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find((candidate) => existsSync(candidate)) ?? null;
}

async function isRedisListening(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    socket.setTimeout(1_000, () => socket.destroy(new Error('silent')));
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString().startsWith('+PONG');
  } catch {
    // Refused, silent or something else that listens there: no Redis to use.
    return false;
  } finally {
    socket.destroy();
  }
}

function installRedis(): void {
  const commands = INSTALLERS.find(([first]) => isOnPath(first?.[0] ?? ''));
  const advice =
    'The tests need Redis. Install redis-server so that it is on the PATH, or set TEST_REDIS_URL to a server whose data ' +
    'may be overwritten.';
  if (!commands) throw new Error(advice);
  process.stderr.write(`Installing Redis for the tests: ${commands.at(-1)?.join(' ')}\n`);
  try {
    for (const command of commands) {
      const [program = '', ...args] = needsSudo(command[0]) ? ['sudo', '-n', ...command] : command;
      execFileSync(program, args, {
        stdio: ['ignore', 2, 2],
        // Debian's package would start a system service.
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
      });
    }
  } catch (cause) {
    throw new Error(`${advice} (The attempt to install it failed.)`, { cause });
  }
}

/** Homebrew alone refuses root; the others need it. */
function needsSudo(program: string | undefined): boolean {
  return program !== 'brew' && process.getuid?.() !== 0 && isOnPath('sudo');
}

function isOnPath(command: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'command -v "$0"', command], { stdio: 'ignore' }).status === 0;
}
