import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { announce } from './announce.ts';

/**
 * The cheapest server that answers like a provider, so that what is measured is the gateway. Bodies are made once; streams
 * are written by one shared ticker, a chunk per stream and millisecond, so that chunks really arrive apart.
 *
 * Faults for the soak run are asked for by the model's name: `bench-status-503`, `bench-cut`, `bench-stall`.
 */
const CHUNKS = Number(process.env['BENCH_CHUNKS'] ?? 100);
const CHUNK_MS = Number(process.env['BENCH_CHUNK_MS'] ?? 1);

const WORD = ' benchmark';
const USAGE = { prompt_tokens: 80, completion_tokens: CHUNKS, total_tokens: 80 + CHUNKS };
const HEAD = { id: 'chatcmpl-bench', created: 1_760_000_000, model: 'bench' };

const OPENAI_BODY = Buffer.from(
  JSON.stringify({
    ...HEAD,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: WORD.repeat(24), refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      ...USAGE,
      completion_tokens: 24,
      total_tokens: 104,
      prompt_tokens_details: { cached_tokens: 0 },
    },
  }),
);

const ANTHROPIC_BODY = Buffer.from(
  JSON.stringify({
    id: 'msg_bench',
    type: 'message',
    role: 'assistant',
    model: 'bench',
    content: [{ type: 'text', text: WORD.repeat(24) }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: {
      input_tokens: 80,
      output_tokens: 24,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
    },
  }),
);

const chunk = (choices: object[], usage?: object): Buffer =>
  Buffer.from(`data: ${JSON.stringify({ ...HEAD, object: 'chat.completion.chunk', choices, usage })}\n\n`);

/** CHUNKS frames in all: role, words, finish; the usage frame and the end marker ride on the last write. */
const FRAMES = [
  chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
  ...Array.from({ length: CHUNKS - 2 }, () =>
    chunk([{ index: 0, delta: { content: WORD }, finish_reason: null }]),
  ),
  chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
];
const TAIL = Buffer.concat([chunk([], USAGE), Buffer.from('data: [DONE]\n\n')]);

interface LiveStream {
  response: ServerResponse;
  next: number;
  /** Frames after which the connection is cut; Infinity for none. */
  cutAt: number;
}

const live = new Set<LiveStream>();

setInterval(() => {
  for (const stream of live) advance(stream);
}, CHUNK_MS).unref();

function advance(stream: LiveStream): void {
  const { response } = stream;
  if (stream.next >= stream.cutAt) {
    live.delete(stream);
    response.destroy();
    return;
  }
  if (response.writableNeedDrain) return;
  response.write(FRAMES[stream.next]);
  stream.next += 1;
  if (stream.next < FRAMES.length) return;
  live.delete(stream);
  response.end(TAIL);
}

function startStream(response: ServerResponse, cutAt: number): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'openai-processing-ms': '1',
  });
  const stream = { response, next: 0, cutAt };
  live.add(stream);
  // The first frame does not wait for the ticker, so that the time to it says something about who is in between.
  advance(stream);
  response.once('close', () => live.delete(stream));
}

function sendBody(response: ServerResponse, status: number, body: Buffer): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': body.length,
    'openai-processing-ms': '1',
  });
  response.end(body);
}

const FAILURE = Buffer.from(
  JSON.stringify({ error: { message: 'injected', type: 'server_error', param: null, code: null } }),
);

function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  if (request.url?.endsWith('/messages') === true) {
    sendBody(response, 200, ANTHROPIC_BODY);
    return;
  }
  const isStream = body.includes('"stream":true');
  if (body.includes('"bench-status-'))
    sendBody(response, Number(/bench-status-(\d+)/u.exec(body.toString('latin1'))?.[1]), FAILURE);
  else if (body.includes('"bench-cut"') && !isStream) response.destroy();
  else if (isStream) startStream(response, body.includes('"bench-cut"') ? 5 : Infinity);
  else sendBody(response, 200, OPENAI_BODY);
}

const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () =>
    answer(request, response, parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)),
  );
  request.on('error', () => response.destroy());
});
server.on('connection', (socket) => socket.setNoDelay(true));

announce(server);
