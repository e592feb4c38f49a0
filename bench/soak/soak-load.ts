import { Client, type Dispatcher } from 'undici';
import { buildBodyParts } from '../scenarios.ts';
import { chooseRequest, isExpected, type SoakRequest } from './request-mix.ts';

export interface SoakTarget {
  origin: string;
  headers: Record<string, string>;
}

const PARTS = buildBodyParts({ size: 'small', model: 'bench', streams: false });
const STREAM_PARTS = buildBodyParts({ size: 'small', model: 'bench', streams: true });

const NOTICED_AFTER_MS = 500;

/** Sends requests over a fixed number of connections until told to stop, and remembers what the ledger must know. */
export class SoakLoad {
  sent = 0;
  /** Ids of requests that were answered to their end. */
  readonly completed = new Set<string>();
  /** Ids of requests whose client left after the head had arrived, and when, milliseconds. */
  readonly abandoned = new Map<string, number>();
  /** Requests of which nothing is known: the client left before the head, or the gateway was killed. */
  unknown = 0;
  readonly statuses: Record<string, number> = {};
  readonly unexpected: string[] = [];
  /** Broken connections are what a killed gateway leaves. */
  isKilling = false;
  private restart: Promise<void> | null = null;
  private readonly target: SoakTarget;
  private readonly limit: number;
  private readonly clients: Client[];
  private onProgress: (sent: number) => Promise<void> = () => Promise.resolve();

  constructor(target: SoakTarget, limit: number, connections: number) {
    this.target = target;
    this.limit = limit;
    this.clients = Array.from({ length: connections }, () => createClient(target.origin));
  }

  /** `onProgress` is awaited by whoever sends the request of that number, so that samples are taken under load. */
  async run(onProgress: (sent: number) => Promise<void>): Promise<void> {
    this.onProgress = onProgress;
    await Promise.all(this.clients.map((_, index) => this.work(index)));
  }

  /** The gateway came back on another port. */
  moveTo(origin: string): void {
    this.target.origin = origin;
    this.clients.forEach((client, index) => {
      void client.destroy();
      this.clients[index] = createClient(origin);
    });
  }

  /** Runs while no new request is sent; those under way may break. */
  async pauseFor(restart: () => Promise<void>): Promise<void> {
    this.isKilling = true;
    this.forgetLateLeavers();
    this.restart = restart();
    await this.restart;
    this.restart = null;
    this.isKilling = false;
  }

  /** Who left a moment before the kill was perhaps not noticed by the gateway any more. */
  private forgetLateLeavers(): void {
    for (const [id, atMs] of this.abandoned) {
      if (performance.now() - atMs > NOTICED_AFTER_MS) continue;
      this.abandoned.delete(id);
      this.unknown += 1;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.destroy()));
  }

  private async work(connection: number): Promise<void> {
    while (this.sent < this.limit) {
      // Nothing is sent to a gateway that is being started; whoever started it waits for nobody.
      if (this.restart !== null) await this.restart;
      const index = this.sent++;
      await this.send(connection, index, chooseRequest(index));
      await this.onProgress(index + 1);
    }
  }

  private send(connection: number, index: number, request: SoakRequest): Promise<void> {
    const parts = request.streams ? STREAM_PARTS : PARTS;
    const body = parts.join(`soak.${index}`).replace('"model":"bench"', `"model":"${request.model}"`);
    return new Promise((resolve) => {
      const client = this.clients[connection] as Client;
      const exchange = new SoakExchange(request, (outcome) => {
        this.record(request, outcome);
        resolve();
      });
      client.dispatch(
        { path: '/v1/chat/completions', method: 'POST', headers: this.target.headers, body },
        exchange,
      );
    });
  }

  private record(request: SoakRequest, { status, id, isComplete }: SoakOutcome): void {
    this.statuses[`${request.kind} ${status}`] = (this.statuses[`${request.kind} ${status}`] ?? 0) + 1;
    if (id === null) {
      this.unknown += 1;
      if (request.abort === null && !this.isKilling)
        this.unexpected.push(`${request.kind}: connection broken`);
      return;
    }
    if (!isExpected(request, status) && !this.isKilling) this.unexpected.push(`${request.kind}: ${status}`);
    if (isComplete) this.completed.add(id);
    else if (this.isKilling) this.unknown += 1;
    else this.abandoned.set(id, performance.now());
  }
}

interface SoakOutcome {
  status: number;
  id: string | null;
  isComplete: boolean;
}

function createClient(origin: string): Client {
  return new Client(origin, {
    pipelining: 1,
    keepAliveTimeout: 60_000,
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
  });
}

class SoakExchange implements Dispatcher.DispatchHandler {
  private readonly request: SoakRequest;
  private readonly finish: (outcome: SoakOutcome) => void;
  private status = 0;
  private id: string | null = null;
  private isOver = false;

  constructor(request: SoakRequest, finish: (outcome: SoakOutcome) => void) {
    this.request = request;
    this.finish = finish;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.request.abort !== 'after-send') return;
    setTimeout(() => {
      if (!this.isOver) controller.abort(new Error('left'));
    }, Math.random() * 3);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, unknown>,
  ): void {
    this.status = status;
    this.id = typeof headers['x-request-id'] === 'string' ? headers['x-request-id'] : null;
  }

  onResponseData(controller: Dispatcher.DispatchController): void {
    if (this.request.abort === 'first-chunk') controller.abort(new Error('left'));
  }

  onResponseEnd(): void {
    this.end(true);
  }

  onResponseError(): void {
    this.end(false);
  }

  private end(isComplete: boolean): void {
    if (this.isOver) return;
    this.isOver = true;
    this.finish({ status: this.status, id: this.id, isComplete });
  }
}
