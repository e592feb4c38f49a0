import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { DeploymentConfig, ProviderConfig, UpstreamTimeouts } from '../../tenancy/config-snapshot.js';
import { DEFAULT_BREAKER } from '../../tenancy/defaults.js';
import { UndiciTransport, type UndiciTransportOptions } from './undici-transport.js';
import type {
  UpstreamCall,
  UpstreamFailure,
  UpstreamListener,
  UpstreamRequest,
} from './upstream-transport.port.js';

const TIMEOUTS: UpstreamTimeouts = { connectMs: 1_000, firstByteMs: 5_000, idleMs: 5_000, totalMs: 10_000 };

/** Keeps what it hears and can be waited for. */
class Recorder implements UpstreamListener {
  readonly events: string[] = [];
  status = 0;
  headers: Record<string, string> = {};
  body = '';
  bytes = 0;
  failure: UpstreamFailure | null = null;
  onChunk: (() => void) | null = null;
  private finish: () => void = () => undefined;
  readonly done = new Promise<void>((resolve) => {
    this.finish = resolve;
  });

  onHead(status: number, headers: Record<string, string>): void {
    this.events.push('head');
    this.status = status;
    this.headers = headers;
  }

  onData(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes < 10_000) this.body += chunk.toString();
    this.onChunk?.();
  }

  onEnd(): void {
    this.events.push('end');
    this.finish();
  }

  onFailure(failure: UpstreamFailure): void {
    this.events.push('failure');
    this.failure = failure;
    this.finish();
  }
}

function buildRequest(baseUrl: string, timeouts: Partial<UpstreamTimeouts> = {}): UpstreamRequest {
  const provider = {
    id: 'provider',
    owner: 'platform',
    name: 'local',
    kind: 'openai',
    baseUrl,
    apiKey: 'secret',
    timeouts: TIMEOUTS,
    breaker: DEFAULT_BREAKER,
    settings: {},
  } as unknown as ProviderConfig;
  const headers = { 'content-type': 'application/json', 'accept-encoding': 'gzip', connection: 'close' };
  const deployment = { id: 'deployment', upstreamModel: 'm' } as unknown as DeploymentConfig;
  return {
    provider,
    deployment,
    path: '/chat',
    headers,
    body: Buffer.from('{"a":1}'),
    timeouts: { ...TIMEOUTS, ...timeouts },
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function waitForClose(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

describe('UndiciTransport', () => {
  const servers: { close(): void }[] = [];
  const transports: UndiciTransport[] = [];

  async function serve(
    handler: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<{ server: Server; url: string }> {
    const server = createServer(handler);
    servers.push({
      close: () => {
        server.close();
        server.closeAllConnections();
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/` };
  }

  /** Raw TCP, for answers that node:http would never give. */
  async function serveRaw(onConnection: (socket: Socket) => void): Promise<string> {
    const server = createTcpServer(onConnection);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function createTransport(options: Partial<UndiciTransportOptions> = {}): UndiciTransport {
    const transport = new UndiciTransport({ allowPrivateAddresses: true, ...options });
    transports.push(transport);
    return transport;
  }

  async function call(
    url: string,
    timeouts: Partial<UpstreamTimeouts> = {},
    transport = createTransport(),
  ): Promise<Recorder> {
    const recorder = new Recorder();
    transport.send(buildRequest(url, timeouts), recorder);
    await recorder.done;
    // undici takes a socket back in the turn after its answer ended.
    await new Promise((resolve) => setImmediate(resolve));
    return recorder;
  }

  afterEach(async () => {
    await Promise.all(transports.splice(0).map((transport) => transport.close()));
    for (const server of servers.splice(0)) server.close();
  });

  it('sends method, joined path, body and headers, asks for identity and keeps the connection', async () => {
    const seen: { text: string; request: IncomingMessage }[] = [];
    const { url } = await serve((request, response) => {
      void readAll(request).then((text) => {
        seen.push({ text, request });
        response.setHeader('x-multi', ['a', 'b']);
        response.end('{"ok":true}');
      });
    });
    const transport = createTransport();
    const first = await call(url, {}, transport);
    const second = await call(url, {}, transport);
    expect([first.events, second.events]).toEqual([
      ['head', 'end'],
      ['head', 'end'],
    ]);
    expect(first).toMatchObject({ status: 200, body: '{"ok":true}', headers: { 'x-multi': 'a, b' } });
    expect(seen[0]).toMatchObject({ text: '{"a":1}', request: { method: 'POST', url: '/v1/chat' } });
    expect(seen[0]?.request.headers).toMatchObject({
      'accept-encoding': 'identity',
      connection: 'keep-alive',
    });
    expect(seen[1]?.request.socket.remotePort).toBe(seen[0]?.request.socket.remotePort);
  });

  it('gives an error status as an answer', async () => {
    const { url } = await serve((_request, response) =>
      response.writeHead(429, { 'retry-after': '7' }).end('slow down'),
    );
    expect(await call(url)).toMatchObject({
      status: 429,
      body: 'slow down',
      headers: { 'retry-after': '7' },
    });
  });

  it('never follows a redirect', async () => {
    let calls = 0;
    const { url } = await serve((_request, response) => {
      calls += 1;
      response.writeHead(307, { location: '/v1/elsewhere' }).end();
    });
    expect((await call(url)).status).toBe(307);
    expect(calls).toBe(1);
  });

  it('refuses an answer that is compressed all the same', async () => {
    const { url } = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{}')),
    );
    const recorder = await call(url);
    expect(recorder.events).toEqual(['failure']);
    expect(recorder.failure?.message).toContain('gzip');
  });

  it('fails when a body is cut short of its content-length', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"half":', () => response.destroy());
    });
    const recorder = await call(url);
    expect(recorder.events).toEqual(['head', 'failure']);
    expect(recorder.failure?.kind).toBe('reset');
  });

  it('fails when a chunked body is cut', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200);
      response.write('data: 1\n\n', () => response.destroy());
    });
    expect((await call(url)).failure?.kind).toBe('reset');
  });

  it('fails on an answer that is not HTTP', async () => {
    const url = await serveRaw((socket) =>
      socket.on('error', () => undefined).end('hello, this is no web server\r\n\r\n'),
    );
    expect((await call(url)).failure?.kind).toBe('reset');
  });

  it('says that nobody listens', async () => {
    const { server, url } = await serve(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    expect((await call(url)).failure?.kind).toBe('connect');
  });

  it('gives up on a slow head, and the server sees the connection close', async () => {
    const closes: Promise<void>[] = [];
    const { url } = await serve((request) => {
      closes.push(waitForClose(request.socket));
    });
    expect((await call(url, { firstByteMs: 60 })).failure?.kind).toBe('timeout-first-byte');
    expect(closes).toHaveLength(1);
    await Promise.all(closes);
  });

  it('gives up on a body that stalls', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200);
      response.write('data: 1\n\n');
    });
    const recorder = await call(url, { idleMs: 60 });
    expect(recorder.failure?.kind).toBe('timeout-idle');
    expect(recorder.body).toBe('data: 1\n\n');
  });

  it('gives up on a body that trickles beyond the total time', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('.'), 10);
      response.on('close', () => clearInterval(timer));
    });
    expect((await call(url, { idleMs: 1_000, totalMs: 150 })).failure?.kind).toBe('timeout-total');
  });

  it('gives up on a connection that is not accepted in time', async () => {
    // The name never resolves, which is part of connecting.
    const transport = createTransport({ lookup: () => undefined });
    expect((await call('http://upstream.test', { connectMs: 60 }, transport)).failure?.kind).toBe(
      'timeout-connect',
    );
  });

  it('closes the connection at once when it is aborted, and tells the listener nothing', async () => {
    let closed: Promise<void> = Promise.resolve();
    const { url } = await serve((request, response) => {
      closed = waitForClose(request.socket);
      response.writeHead(200);
      response.write('data: 1\n\n');
    });
    const recorder = new Recorder();
    const upstream: UpstreamCall = createTransport().send(buildRequest(url), recorder);
    await new Promise<void>((resolve) => {
      recorder.onChunk = resolve;
    });
    upstream.abort();
    await closed;
    expect(recorder.events).toEqual(['head']);
  });

  it('never sends what was aborted before it had a connection', async () => {
    let requests = 0;
    const { url } = await serve((_request, response) => {
      requests += 1;
      response.end();
    });
    const transport = createTransport();
    const recorder = new Recorder();
    transport.send(buildRequest(url), recorder).abort();
    await call(url, {}, transport);
    expect([requests, recorder.events]).toEqual([1, []]);
  });

  it('stops reading while paused, without running into the idle timeout, and loses nothing', async () => {
    const total = 24 * 1_024 * 1_024;
    let written = 0;
    const { url } = await serve((_request, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(64 * 1_024, 'x');
      const write = (): void => {
        while (written < total) {
          written += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', write);
        }
        response.end();
      };
      write();
    });
    const recorder = new Recorder();
    const upstream = createTransport().send(buildRequest(url, { idleMs: 60 }), recorder);
    await new Promise<void>((resolve) => {
      recorder.onChunk = () => {
        upstream.pause();
        resolve();
      };
    });
    recorder.onChunk = null;
    let settled = -1;
    while (settled !== written) {
      settled = written;
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
    // Only what fits into the sockets' buffers was taken; the rest waits at the server.
    expect(written).toBeLessThan(total);
    expect(recorder.failure).toBeNull();
    upstream.resume();
    await recorder.done;
    expect([recorder.failure, recorder.bytes]).toEqual([null, total]);
  });

  it('repeats once on a new connection what met a kept-alive socket just closed by the server', async () => {
    let connections = 0;
    let requests = 0;
    const url = await serveRaw((socket) => {
      connections += 1;
      const isFirst = connections === 1;
      let answered = 0;
      socket.on('error', () => undefined);
      socket.on('data', () => {
        requests += 1;
        // The first connection answers once and resets when it is used again.
        if (isFirst && answered > 0) return void socket.resetAndDestroy();
        answered += 1;
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    });
    const transport = createTransport();
    await call(url, {}, transport);
    const second = await call(url, {}, transport);
    expect([second.status, second.body, second.failure]).toEqual([200, 'ok', null]);
    expect([connections, requests]).toEqual([2, 3]);
  });

  it('does not repeat what a fresh connection resets', async () => {
    let connections = 0;
    const url = await serveRaw((socket) => {
      connections += 1;
      socket.on('error', () => undefined);
      socket.on('data', () => socket.resetAndDestroy());
    });
    expect((await call(url)).failure?.kind).toBe('reset');
    expect(connections).toBe(1);
  });

  it('does not repeat once a part of the head has come', async () => {
    let requests = 0;
    const url = await serveRaw((socket) => {
      let answered = 0;
      socket.on('error', () => undefined);
      socket.on('data', () => {
        requests += 1;
        if (answered > 0) return void socket.end('HTTP/1.1 200 O');
        answered += 1;
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    });
    const transport = createTransport();
    await call(url, {}, transport);
    expect((await call(url, {}, transport)).failure?.kind).toBe('reset');
    expect(requests).toBe(2);
  });

  it('refuses a name that has come to stand for a private address since it was configured', async () => {
    const { url } = await serve((_request, response) => response.end('ok'));
    const port = new URL(url).port;
    const addresses = [
      { address: '93.184.215.14', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    const transport = createTransport({
      allowPrivateAddresses: false,
      lookup: (_name, _options, done) => done(null, addresses),
    });
    expect((await call(`http://rebinding.test:${port}`, {}, transport)).failure?.kind).toBe(
      'address-refused',
    );
  });

  it.each([
    'http://127.0.0.1:9',
    'http://[::1]:9',
    'http://2130706433:9',
    'http://0x7f.1:9',
    'http://0177.0.0.1:9',
    'http://[::ffff:10.0.0.1]:9',
  ])('refuses the literal address in %s', async (url) => {
    const transport = createTransport({ allowPrivateAddresses: false });
    expect((await call(url, {}, transport)).failure?.kind).toBe('address-refused');
  });

  it('refuses metadata services even where private addresses are allowed', async () => {
    expect((await call('http://169.254.169.254/latest')).failure?.kind).toBe('address-refused');
  });

  it('refuses a base URL that is none', async () => {
    expect((await call('ftp://upstream.test')).failure?.kind).toBe('address-refused');
  });

  it('breaks calls under way when it is closed, and takes no more', async () => {
    const { url } = await serve(() => undefined);
    const transport = createTransport();
    const recorder = new Recorder();
    transport.send(buildRequest(url), recorder);
    await transport.close();
    await recorder.done;
    expect(recorder.failure?.kind).toBe('aborted');
    expect((await call(url, {}, transport)).failure?.kind).toBe('aborted');
  });
});
