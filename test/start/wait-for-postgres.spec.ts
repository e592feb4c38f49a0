import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { ProcessLock } from '../../src/storage/database/process-lock.ts';
import { waitForPostgres } from '../../src/storage/database/wait-for-postgres.ts';
import { findFreePort } from '../../src/storage/database/embedded/find-free-port.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
const servers: Server[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  for (const server of servers) server.close();
  await database.drop();
});

const onPort = (port: number): string => {
  const url = new URL(database.url);
  url.port = String(port);
  return url.href;
};

describe('waitForPostgres', () => {
  it('waits for a server that starts later, and says so once', async () => {
    const port = await findFreePort();
    const notices: string[] = [];
    const waiting = waitForPostgres({
      databaseUrl: onPort(port),
      patienceMs: 20_000,
      onWait: (text) => {
        notices.push(text);
        startRelay(port);
      },
    });
    await waiting;
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(new RegExp(`127\\.0\\.0\\.1:${port} does not answer yet`));
  });

  it('gives up with the reason', async () => {
    const databaseUrl = onPort(await findFreePort());
    await expect(waitForPostgres({ databaseUrl, patienceMs: 0, onWait: () => undefined })).rejects.toThrow(
      /cannot be reached: .*ECONNREFUSED/,
    );
  });

  it('does not wait when PostgreSQL refuses, and does not repeat the password', async () => {
    const url = new URL(database.url);
    url.username = 'nobody_knows';
    url.password = 'hunter2';
    const notices: string[] = [];
    const waiting = waitForPostgres({
      databaseUrl: url.href,
      patienceMs: 20_000,
      onWait: (text) => void notices.push(text),
    });
    await expect(waiting).rejects.toThrow('nobody_knows');
    await expect(waiting).rejects.not.toThrow('hunter2');
    expect(notices).toEqual([]);
  });

  it('stops waiting when it is told to', async () => {
    const controller = new AbortController();
    const waiting = waitForPostgres({
      databaseUrl: onPort(await findFreePort()),
      patienceMs: 60_000,
      onWait: () => controller.abort(),
      signal: controller.signal,
    });
    await expect(waiting).rejects.toThrow('aborted');
  });

  it('refuses a PostgreSQL that is too old', async () => {
    const old = createServer(answerLikeVersion13).listen(0, '127.0.0.1');
    servers.push(old);
    await once(old, 'listening');
    const databaseUrl = onPort((old.address() as AddressInfo).port);
    await expect(waitForPostgres({ databaseUrl, patienceMs: 0, onWait: () => undefined })).rejects.toThrow(
      /is version 13; the gateway needs 14 or later/,
    );
  });
});

describe('ProcessLock', () => {
  it('admits one process, and the next once that is gone', async () => {
    const first = new ProcessLock(database.url, () => undefined);
    await first.acquire();
    const second = new ProcessLock(database.url, () => undefined);
    await expect(second.acquire()).rejects.toThrow(/Another gateway process uses this database.*REDIS_URL/);
    await first.release();
    await second.acquire();
    await second.release();
  });
});

/** The test's PostgreSQL, reachable on another port from now on. */
function startRelay(port: number): void {
  const target = Number(new URL(database.url).port);
  const relay = createServer((socket) => {
    const server = connect(target, '127.0.0.1');
    socket.pipe(server).pipe(socket);
    for (const end of [socket, server]) end.on('error', () => undefined);
  });
  servers.push(relay.listen(port, '127.0.0.1'));
}

/** PostgreSQL 13 on the wire: lets everybody in, and answers every question with its version. */
function answerLikeVersion13(socket: Socket): void {
  const ready = renderMessage('Z', Buffer.from('I'));
  const text = '130014';
  const column = Buffer.concat([Buffer.from('\0\x01server_version_num\0'), Buffer.alloc(18)]);
  const row = Buffer.concat([Buffer.from([0, 1, 0, 0, 0, text.length]), Buffer.from(text)]);
  socket.on('error', () => undefined);
  socket.once('data', () => {
    socket.write(Buffer.concat([renderMessage('R', Buffer.alloc(4)), ready]));
    socket.on('data', () => {
      const answer = [
        renderMessage('T', column),
        renderMessage('D', row),
        renderMessage('C', Buffer.from('SHOW\0')),
        ready,
      ];
      socket.write(Buffer.concat(answer));
    });
  });
}

function renderMessage(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
