import { jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { findDatabaseUser } from '../../src/storage/database/embedded/database-user.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/storage/database/embedded/embedded-postgres-server.ts';
import { placeCluster } from '../../src/storage/database/embedded/place-cluster.ts';
import { findFreePort } from '../../src/storage/database/embedded/find-free-port.ts';
import {
  readCommandLine,
  readPostmasterNote,
} from '../../src/storage/database/embedded/postmaster-process.ts';
import { createDataDirectory, type DataDirectory } from '../support/data-directory.ts';
import { eventually } from '../support/eventually.ts';

/** Each test makes a database, which a busy machine takes seconds for. */
jest.setTimeout(120_000);

const itAsRoot = process.getuid?.() === 0 ? it : it.skip;
const itOnLinux = process.platform === 'linux' ? it : it.skip;

let directory: DataDirectory;
let notices: string[];
let servers: EmbeddedPostgres[];

beforeEach(() => {
  directory = createDataDirectory();
  mkdirSync(directory.path, { mode: 0o711 });
  notices = [];
  servers = [];
});

afterEach(async () => {
  for (const server of servers.reverse()) await server.stop();
  directory.remove();
});

async function start(): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({
    dataDir: directory.path,
    onNotice: (text) => void notices.push(text),
  });
  servers.push(server);
  return server;
}

async function query(server: EmbeddedPostgres, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const data = (): string => join(directory.path, 'postgres', 'data');
const recordPath = (): string => join(directory.path, 'postgres.json');
const isRunning = (pid: number): boolean => readCommandLine(pid) !== '';

describe('the embedded database', () => {
  it('keeps its rows from one start to the next, on another port', async () => {
    const first = await start();
    await query(first, 'CREATE TABLE proof AS SELECT 7 AS number');
    await first.stop();
    expect(isRunning(first.pid)).toBe(false);
    const second = await start();
    expect(second.wasAdopted).toBe(false);
    expect(await query(second, 'SELECT number FROM proof')).toEqual([{ number: 7 }]);
  });

  it('listens on 127.0.0.1 alone, writes to the disk, and asks for a password', async () => {
    const server = await start();
    const settings = await query(
      server,
      `SELECT name, setting FROM pg_settings WHERE name IN
       ('listen_addresses', 'unix_socket_directories', 'fsync', 'synchronous_commit', 'max_connections') ORDER BY name`,
    );
    expect(settings.map(({ name, setting }) => `${String(name)}=${String(setting)}`)).toEqual([
      'fsync=on',
      'listen_addresses=127.0.0.1',
      'max_connections=60',
      'synchronous_commit=on',
      'unix_socket_directories=',
    ]);
    const url = new URL(server.databaseUrl);
    url.password = 'guessed';
    await expect(new pg.Client({ connectionString: url.href }).connect()).rejects.toThrow(
      'password authentication failed',
    );
  });

  it('hides its password and its log from other users', async () => {
    await start();
    for (const name of ['postgres.json', 'postgres.log']) {
      expect(statSync(join(directory.path, name)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(join(directory.path, 'postgres')).mode & 0o777).toBe(0o700);
  });

  itOnLinux('does not hand the environment of the gateway to the server', async () => {
    const server = await start();
    const environment = readFileSync(`/proc/${server.pid}/environ`, 'utf8').split('\0').filter(Boolean);
    expect(environment.map((entry) => entry.split('=')[0])).not.toContain('PATH');
  });
});

describe('a server that a killed gateway left', () => {
  it('is used as it is when it answers', async () => {
    const left = await start();
    const next = await start();
    expect(next).toMatchObject({ wasAdopted: true, pid: left.pid, databaseUrl: left.databaseUrl });
    await next.stop();
    expect(isRunning(left.pid)).toBe(false);
  });

  it('is replaced when it does not answer', async () => {
    const left = await start();
    process.kill(left.pid, 'SIGSTOP');
    const next = await start();
    expect(next.wasAdopted).toBe(false);
    expect(isRunning(left.pid)).toBe(false);
    expect(await query(next, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is replaced when a gateway with other settings started it', async () => {
    const before = await start();
    const [program = ''] = readCommandLine(before.pid).split(' ');
    await before.stop();
    const settings = ['-p', String(await findFreePort()), '-c', 'listen_addresses=127.0.0.1'];
    const old = spawn(program, ['-D', data(), ...settings, '-c', 'unix_socket_directories='], {
      ...findDatabaseUser(),
      stdio: 'ignore',
      cwd: '/',
    });
    await eventually(() => (readPostmasterNote(data())?.isReady === true ? true : null));
    const next = await start();
    expect(next.wasAdopted).toBe(false);
    expect(old.exitCode).toBe(0);
    expect(await query(next, 'SHOW max_connections')).toEqual([{ max_connections: '60' }]);
  });

  it('is not confused with another program that has its process id now', async () => {
    const before = await start();
    await before.stop();
    const program = spawn('sleep', ['600'], { ...findDatabaseUser(), stdio: 'ignore', cwd: '/' });
    await once(program, 'spawn');
    try {
      const lines = [program.pid, data(), 1_700_000_000, 1, '', '127.0.0.1', '', 'ready   '];
      writeFileSync(join(data(), 'postmaster.pid'), `${lines.join('\n')}\n`);
      const next = await start();
      expect(next.wasAdopted).toBe(false);
      expect(program.exitCode).toBeNull();
      expect(isRunning(program.pid ?? 0)).toBe(true);
    } finally {
      program.kill('SIGKILL');
    }
  });
});

describe('a server that ends by itself', () => {
  it('is started again on its port, with what was committed', async () => {
    const server = await start();
    await query(server, 'CREATE TABLE proof AS SELECT 7 AS number');
    const { pid } = server;
    process.kill(pid, 'SIGKILL');
    const rows = await eventually(() => query(server, 'SELECT number FROM proof').catch(() => null));
    expect(rows).toEqual([{ number: 7 }]);
    expect(server.pid).not.toBe(pid);
    expect(notices.join()).toContain('ended unexpectedly');
  });
});

describe('a database that is not whole', () => {
  it('is made anew when its making was interrupted', async () => {
    const first = await start();
    const password = new URL(first.databaseUrl).password;
    await first.stop();
    // As a kill in the middle of initdb leaves it: the record without its mark, part of a database under another name.
    const record = JSON.parse(readFileSync(recordPath(), 'utf8')) as Record<string, unknown>;
    writeFileSync(recordPath(), JSON.stringify({ ...record, isInitialised: false }));
    const half = join(directory.path, 'postgres', 'unfinished-1');
    mkdirSync(half);
    writeFileSync(join(half, 'PG_VERSION'), '18\n');
    writeFileSync(`${half}.password`, password);
    rmSync(data(), { recursive: true });

    const second = await start();
    expect(await query(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(readdirSync(join(directory.path, 'postgres'))).not.toContain('unfinished-1');
    expect(readdirSync(join(directory.path, 'postgres'))).not.toContain('unfinished-1.password');
  });

  it('is refused, not replaced by an empty one, when its files are gone', async () => {
    await (await start()).stop();
    rmSync(data(), { recursive: true });
    await expect(start()).rejects.toThrow(/is gone. Restore/);
    expect(existsSync(data())).toBe(false);
  });

  it('is refused when the file with its password is gone or damaged', async () => {
    await (await start()).stop();
    const text = readFileSync(recordPath(), 'utf8');
    rmSync(recordPath());
    await expect(start()).rejects.toThrow(/holds a database, but .*postgres\.json/);
    writeFileSync(recordPath(), text.slice(0, 20));
    await expect(start()).rejects.toThrow(/postgres\.json is damaged/);
    writeFileSync(recordPath(), text);
    await expect(start()).resolves.toBeDefined();
  });

  it('is refused, and its server stopped, when the password is not its own', async () => {
    await (await start()).stop();
    const record = JSON.parse(readFileSync(recordPath(), 'utf8')) as Record<string, unknown>;
    writeFileSync(recordPath(), JSON.stringify({ ...record, password: 'x'.repeat(32) }));
    await expect(start()).rejects.toThrow(/does not open the embedded database/);
    expect(existsSync(join(data(), 'postmaster.pid'))).toBe(false);
  });

  it('is refused when another major version made it, naming both', async () => {
    await (await start()).stop();
    writeFileSync(join(data(), 'PG_VERSION'), '15\n');
    await expect(start()).rejects.toThrow(/made by PostgreSQL 15; this gateway brings PostgreSQL 18/);
  });
});

describe('the place of the database', () => {
  it('is in DATA_DIR where its user can enter that', () => {
    expect(placeCluster(directory.path).directory).toBe(join(directory.path, 'postgres'));
    expect(placeCluster(directory.path).directory).toBe(join(directory.path, 'postgres'));
  });

  itAsRoot('is outside when root keeps DATA_DIR to itself, and belongs to the database user alone', () => {
    const closed = join(directory.path, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const place = placeCluster(closed, [directory.path]);
    expect(place.directory).toMatch(new RegExp(`^${directory.path}/tokenpak-[0-9a-f]{12}$`));
    const { uid, mode } = statSync(place.directory);
    expect({ uid, mode: mode & 0o777 }).toEqual({ uid: place.user?.uid, mode: 0o700 });
    expect(readdirSync(closed)).toEqual([]);
  });

  itAsRoot('is never a folder that somebody else made', () => {
    const closed = join(directory.path, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const place = placeCluster(closed, [directory.path]);
    rmSync(place.directory, { recursive: true });
    mkdirSync(place.directory, { mode: 0o777 });
    expect(() => placeCluster(closed, [directory.path])).toThrow('has no place');
  });
});
