import { createServer } from 'node:http';
import { Agent, request } from 'undici';
import { announce } from './announce.ts';

/** The least that a proxy in Node can do, and so the unit of all ratios: `node:http` in, undici `request` out, no logic. */
const TARGET = process.env['BENCH_UPSTREAM'] ?? '';
const dispatcher = new Agent({ connections: 512, pipelining: 1, keepAliveTimeout: 60_000 });

const server = createServer({ keepAliveTimeout: 120_000 }, (incoming, outgoing) => {
  const options = {
    dispatcher,
    method: 'POST' as const,
    headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
    body: incoming,
  };
  request(TARGET + (incoming.url ?? ''), options).then(
    ({ statusCode, headers, body }) => {
      outgoing.writeHead(statusCode, { 'content-type': String(headers['content-type'] ?? '') });
      body.on('error', () => outgoing.destroy());
      body.pipe(outgoing);
      outgoing.once('close', () => body.destroy());
    },
    () => outgoing.destroy(),
  );
});

announce(server);
