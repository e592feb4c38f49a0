import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { answerClientError } from './answer-client-error.js';

/** What a server with these limits answers to text that comes this slowly: never to its end. */
async function sendHalf(text: string): Promise<string> {
  const server = createServer({ headersTimeout: 50, requestTimeout: 50, connectionsCheckingInterval: 20 });
  server.on('clientError', (error, socket) => answerClientError(error, socket as never, 'openai'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(text);
  await once(socket, 'close');
  server.close();
  return answer;
}

describe('answerClientError', () => {
  it.each([
    ['headers', 'GET / HTTP/1.1\r\nhost'],
    ['a body that nobody reads', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nx'],
  ])('answers %s that do not arrive in time with 408 and a code', async (_case, text) => {
    const answer = await sendHalf(text);
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(answer).toContain('x-tokenpak-error-code: request_timeout\r\n');
    expect(answer).toContain('connection: close\r\n');
    expect(answer).toContain('"code":"request_timeout"');
  });
});
