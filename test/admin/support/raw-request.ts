import { Agent, request } from 'node:http';
import type { ReceivedAnswer } from './documented-answers.ts';

export interface RawRequest {
  method: string;
  /** Sent as it is: nothing is normalised. ASCII without spaces. */
  path: string;
  headers: Record<string, string | string[]>;
  body: Buffer | null;
}

export const agent = new Agent({ keepAlive: true, maxSockets: 4 });

/** One request without the manners of `fetch`. */
export function sendRaw(url: string, { method, path, headers, body }: RawRequest): Promise<ReceivedAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const outgoing = request({ hostname, port, method, path, headers, agent }, (response) => {
      isAnswered = true;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'] ?? '',
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    outgoing.on('error', (error) => {
      // An answer that came before the whole body was sent counts.
      if (!isAnswered) reject(error);
    });
    outgoing.end(body ?? undefined);
  });
}
