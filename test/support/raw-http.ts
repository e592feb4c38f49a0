import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  status: number;
  headers: Headers;
  json: any;
}

/** A connection to a server whose bytes are the test's own. */
export class RawConnection {
  private text = '';

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    // A server that gives up may reset what is still being sent.
    socket.on('error', () => undefined);
  }

  static async open(origin: string): Promise<RawConnection> {
    const { hostname, port } = new URL(origin);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  send(text: string): void {
    this.socket.write(text);
  }

  /** The only answer, once the server has closed the connection. */
  async readToEnd(): Promise<RawAnswer> {
    if (!this.socket.closed) await once(this.socket, 'close');
    const [head = '', body = ''] = this.text.split('\r\n\r\n');
    const [statusLine = '', ...lines] = head.split('\r\n');
    const headers = new Headers(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      }),
    );
    return { status: Number(statusLine.split(' ')[1]), headers, json: JSON.parse(body) };
  }
}

/** Sends the text and reads the answer that ends the connection. */
export async function exchangeRaw(origin: string, text: string): Promise<RawAnswer> {
  const connection = await RawConnection.open(origin);
  connection.send(text);
  return connection.readToEnd();
}
