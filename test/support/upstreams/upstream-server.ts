import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { UpstreamBehaviour } from './behaviour.ts';
import { deliverAnswer, type UpstreamAnswer } from './deliver-answer.ts';

export interface UpstreamOptions {
  /** 0, the default, takes a free port. */
  port?: number;
  /** Accepted credential; null accepts any that is not empty. Default `test-key`. */
  apiKey?: string | null;
  /** For requests that nothing else scripts. */
  behaviour?: UpstreamBehaviour;
  /** Request bodies are kept for assertions; off for load. Default true. */
  keepsRequests?: boolean;
}

/** A request as it arrived. */
export interface RecordedRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  /** Names and values in order, in their original case. */
  rawHeaders: string[];
  body: Buffer;
  /** The parsed body, undefined where it is not JSON. */
  json: unknown;
  /** The client closed before the whole answer was sent. */
  aborted: boolean;
  /** The answer was sent to its end. */
  finished: boolean;
}

export interface Upstream {
  /** `http://127.0.0.1:PORT`, without `/v1`. */
  url: string;
  port: number;
  requests: RecordedRequest[];
  /** The next requests get these, one each, in order. */
  enqueue(...behaviours: UpstreamBehaviour[]): void;
  /** What requests get that nothing scripts. */
  setDefault(behaviour: UpstreamBehaviour): void;
  /** Connections open now. */
  openConnections(): number;
  /** Connections accepted since the start. */
  totalConnections(): number;
  /** Requests whose client left before the answer's end. */
  abortedRequests(): number;
  /** Forgets requests and queue. */
  reset(): void;
  /** Breaks every connection and stops listening. */
  close(): Promise<void>;
}

/** The wire dialect of a server: pure, from a request to an answer and how to treat it. */
export interface UpstreamDialect {
  answer(request: RecordedRequest, context: DialectContext): DialectAnswer;
}

export interface DialectContext {
  apiKey: string | null;
  /** The queue's next, or null; taken only by routes that generate. */
  takeQueued(): UpstreamBehaviour | null;
  defaultBehaviour: UpstreamBehaviour;
}

export interface DialectAnswer {
  answer: UpstreamAnswer;
  behaviour: UpstreamBehaviour;
}

export async function startUpstream(
  dialect: UpstreamDialect,
  options: UpstreamOptions = {},
): Promise<Upstream> {
  const upstream = new UpstreamServer(dialect, options);
  await upstream.listen(options.port ?? 0);
  return upstream;
}

class UpstreamServer implements Upstream {
  readonly requests: RecordedRequest[] = [];
  url = '';
  port = 0;
  private readonly dialect: UpstreamDialect;
  private readonly options: UpstreamOptions;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly queue: UpstreamBehaviour[] = [];
  private defaultBehaviour: UpstreamBehaviour;
  private accepted = 0;
  private aborted = 0;

  constructor(dialect: UpstreamDialect, options: UpstreamOptions) {
    this.dialect = dialect;
    this.options = options;
    this.defaultBehaviour = options.behaviour ?? {};
    this.server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      this.handle(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    this.server.on('connection', (socket) => this.watch(socket));
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', resolve);
    });
    this.port = (this.server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  enqueue(...behaviours: UpstreamBehaviour[]): void {
    this.queue.push(...behaviours);
  }

  setDefault(behaviour: UpstreamBehaviour): void {
    this.defaultBehaviour = behaviour;
  }

  openConnections(): number {
    return this.sockets.size;
  }

  totalConnections(): number {
    return this.accepted;
  }

  abortedRequests(): number {
    return this.aborted;
  }

  reset(): void {
    this.requests.length = 0;
    this.queue.length = 0;
    this.aborted = 0;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private watch(socket: Socket): void {
    socket.setNoDelay(true);
    this.accepted += 1;
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
  }

  private async handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await recordRequest(message);
    if (this.options.keepsRequests !== false) this.requests.push(request);
    let isOurCut = false;
    response.once('finish', () => (request.finished = true));
    response.once('close', () => {
      if (request.finished || isOurCut) return;
      request.aborted = true;
      this.aborted += 1;
    });
    const { answer, behaviour } = this.dialect.answer(request, this.buildContext());
    isOurCut = [behaviour.cutAfterFrames, behaviour.cutAfterBytes, behaviour.cutBeforeHead].some(
      (cut) => cut !== undefined,
    );
    await deliverAnswer(response, answer, behaviour);
  }

  private buildContext(): DialectContext {
    return {
      apiKey: this.options.apiKey === undefined ? 'test-key' : this.options.apiKey,
      takeQueued: () => this.queue.shift() ?? null,
      defaultBehaviour: this.defaultBehaviour,
    };
  }
}

async function recordRequest(message: IncomingMessage): Promise<RecordedRequest> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  return {
    method: message.method ?? '',
    url: message.url ?? '',
    headers: message.headers,
    rawHeaders: message.rawHeaders,
    body,
    json: parseJson(body),
    aborted: false,
    finished: false,
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
