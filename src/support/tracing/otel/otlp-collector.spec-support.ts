import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface OtlpValue {
  stringValue?: string;
  intValue?: number;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values: OtlpValue[] };
}

interface OtlpAttribute {
  key: string;
  value: OtlpValue;
}

export interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: OtlpAttribute[];
  status: { code: number };
}

interface OtlpBody {
  resourceSpans: { resource: { attributes: OtlpAttribute[] }; scopeSpans: { spans: OtlpSpan[] }[] }[];
}

interface ReceivedExport {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Numbers of SpanKind on the wire. */
export const KINDS = { internal: 1, server: 2, client: 3 };

/** An OpenTelemetry collector that keeps what it is sent. */
export class OtlpCollector {
  readonly received: ReceivedExport[] = [];
  /** Status of the next answers; null: none is given. */
  status: number | null = 200;

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (this.status === null) return;
        const text = Buffer.concat(chunks).toString();
        if (this.status === 200)
          this.received.push({ path: request.url ?? '', headers: request.headers, text });
        response.writeHead(this.status, { 'content-type': 'application/json' }).end('{}');
      });
    });
  }

  static async start(port = 0): Promise<OtlpCollector> {
    const server = createServer();
    const collector = new OtlpCollector(server);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get spans(): OtlpSpan[] {
    return this.bodies.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    );
  }

  get resource(): Record<string, unknown> {
    return readAttributes(this.bodies[0]?.resourceSpans[0]?.resource.attributes ?? []);
  }

  /** Waits until so many requests' spans (SERVER) have arrived. @throws after ten seconds. */
  async waitForRequests(count: number): Promise<OtlpSpan[]> {
    const deadline = performance.now() + 10_000;
    while (this.requests.length < count) {
      if (performance.now() > deadline) throw new Error(`Only ${this.requests.length} requests arrived`);
      await sleep(5);
    }
    return this.requests;
  }

  get requests(): OtlpSpan[] {
    return this.spans.filter(({ kind }) => kind === KINDS.server);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private get bodies(): OtlpBody[] {
    return this.received.map(({ text }) => JSON.parse(text) as OtlpBody);
  }
}

export function readAttributes(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, readValue(value)]));
}

function readValue(value: OtlpValue): unknown {
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(readValue);
  return value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue;
}
