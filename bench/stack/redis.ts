import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Redis as RedisClient } from 'ioredis';
import { type Child, startChild } from './child-process.ts';
import { findFreePort } from '../../src/storage/database/embedded/find-free-port.ts';

export interface RedisServer {
  pid: number;
  url: string;
  stop(): Promise<void>;
}

/** A Redis without persistence on a free port; null where none is installed. */
export async function startRedis(directory: string): Promise<RedisServer | null> {
  if (!isInstalled()) return null;
  const port = await findFreePort();
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    directory,
  ];
  const child = startChild({
    command: 'redis-server',
    args,
    env: process.env,
    logFile: join(directory, 'redis.log'),
    ipc: false,
  });
  await waitForAnswer(port, child);
  return { pid: child.pid, url: `redis://127.0.0.1:${port}`, stop: child.stop };
}

function isInstalled(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function waitForAnswer(port: number, child: Child): Promise<void> {
  const client = new RedisClient({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    retryStrategy: () => 50,
    maxRetriesPerRequest: 60,
  });
  client.on('error', () => undefined);
  try {
    await client.ping();
  } catch (error) {
    throw new Error(`Redis does not answer.\n${child.readLog()}`, { cause: error });
  } finally {
    client.disconnect();
  }
}
