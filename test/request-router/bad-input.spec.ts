import { connect } from 'node:net';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { findLeaks } from '../support/find-leaks.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';

const ROUTES = ['/v1/chat/completions', '/v1/messages', '/v1/messages/count_tokens'] as const;
const isAnthropic = (route: string): boolean => route.startsWith('/v1/messages');

/** A body that is well formed but for one thing; `field` is what the answer must name. */
const WRONG: [string, unknown, string][] = [
  ['messages missing', { model: 'public', max_tokens: 5 }, 'messages'],
  ['messages empty', { model: 'public', max_tokens: 5, messages: [] }, 'messages'],
  ['messages of a wrong type', { model: 'public', max_tokens: 5, messages: 'hi' }, 'messages'],
  ['model missing', { max_tokens: 5, messages: [{ role: 'user', content: 'x' }] }, 'model'],
  ['model of a wrong type', { model: 7, max_tokens: 5, messages: [{ role: 'user', content: 'x' }] }, 'model'],
  [
    'unknown role',
    { model: 'public', max_tokens: 5, messages: [{ role: 'wizard', content: 'x' }] },
    'messages[0].role',
  ],
  [
    'content of a wrong type',
    { model: 'public', max_tokens: 5, messages: [{ role: 'user', content: 7 }] },
    'messages[0].content',
  ],
  [
    'temperature of a wrong type',
    { model: 'public', max_tokens: 5, temperature: 'hot', messages: [{ role: 'user', content: 'x' }] },
    'temperature',
  ],
  [
    'tools of a wrong type',
    { model: 'public', max_tokens: 5, tools: {}, messages: [{ role: 'user', content: 'x' }] },
    'tools',
  ],
];

describe('bad input', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start({
      config: configureSimulated(),
      env: { MAX_BODY_BYTES: '65536', LOG_LEVEL: 'trace' },
      isLogged: true,
    });
  });
  afterAll(() => gateway.stop());

  const readError = (
    route: string,
    answer: Answer,
  ): { code: string; message: string; param: string | null } => {
    const { error } = answer.json;
    if (isAnthropic(route))
      return { code: error.details.error_code, message: error.message, param: error.details.param };
    return { code: error.code, message: error.message, param: error.param };
  };
  const send = (
    route: string,
    body: RequestInit['body'],
    headers: Record<string, string> = {},
  ): Promise<Answer> =>
    gateway.send(route, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });

  describe.each(ROUTES)('%s', (route) => {
    it.each(WRONG)('answers 400 and names the field: %s', async (_name, body, field) => {
      const answer = await gateway.post(route, body);
      expect(answer.status).toBe(400);
      expect(readError(route, answer)).toMatchObject({ code: 'invalid_request', param: field });
      expect(answer.headers.get('x-tokenpak-error-code')).toBe('invalid_request');
    });

    it.each<[string, string, string | null]>([
      ['broken JSON', '{"model":"public",', null],
      ['no JSON', 'hello', null],
      ['nothing', '', null],
      ['an array', '[]', null],
      ['null', 'null', null],
      ['a doubled member', '{"model":"public","model":"other","messages":[]}', 'model'],
      ['a doubled member behind an escape', '{"model":"public","mod\\u0065l":"other"}', 'model'],
      ['__proto__', '{"model":"public","messages":[{"__proto__":{}}]}', 'messages[0].__proto__'],
      ['129 levels', `{"a":${'['.repeat(129)}${']'.repeat(129)}}`, 'a'],
    ])('answers 400 to %s', async (_name, body, field) => {
      const answer = await send(route, body);
      expect(answer.status).toBe(400);
      if (field !== null) expect(readError(route, answer).param).toContain(field);
    });

    it('answers 400 to bytes that are no UTF-8', async () => {
      const bytes = Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
      expect((await send(route, bytes)).status).toBe(400);
    });

    it('answers 413 to a body that is too large, whether or not it says so before', async () => {
      const large = `{"model":"${'x'.repeat(70_000)}"}`;
      const announced = await send(route, large);
      expect(announced.status).toBe(413);
      expect(readError(route, announced).code).toBe('request_too_large');
      expect(await sendChunked(gateway.url, route, gateway.key(), large)).toContain(' 413 ');
    });

    it('answers 415 to a compressed body and to another media type', async () => {
      const zipped = await send(route, gzipSync('{}'), { 'content-encoding': 'gzip' });
      expect([zipped.status, readError(route, zipped).code]).toEqual([415, 'unsupported_encoding']);
      const form = await send(route, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' });
      expect([form.status, readError(route, form).code]).toEqual([415, 'unsupported_media_type']);
    });

    it('never answers 5xx to generated garbage, and echoes no key', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryBody(), async (body) => {
          const answer = await send(route, body);
          expect(answer.status).toBeLessThan(500);
          expect(answer.text).not.toContain(gateway.key());
          if (answer.status !== 200) expect(readError(route, answer).code).toMatch(/^[a-z_]+$/);
        }),
        { numRuns: 300 },
      );
    }, 60_000);
  });

  it.each([
    ['x-tokenpak-cache', 'bogus'],
    ['x-tokenpak-cache-ttl', '-1'],
    ['x-tokenpak-timeout-ms', 'abc'],
    ['x-tokenpak-tags', 'untidy'],
  ])('answers 400 that names the header %s of the gateway itself: %s', async (name, value) => {
    const answer = await gateway.chat({}, { [name]: value });
    expect(answer.status).toBe(400);
    expect(answer.json.error).toMatchObject({ code: 'invalid_request', param: name });
  });

  it('never answers 5xx to garbage in headers and paths', async () => {
    const value = fc.string({ maxLength: 60 }).map((text) => text.replace(/[^\x20-\x7e]/g, '').trim());
    const name = fc.constantFrom(
      'x-tokenpak-cache',
      'x-tokenpak-cache-ttl',
      'x-tokenpak-tags',
      'x-tokenpak-user',
      'x-tokenpak-timeout-ms',
      'traceparent',
      'x-request-id',
      'anthropic-version',
      'anthropic-beta',
      'content-type',
      'authorization',
      'x-api-key',
    );
    const path = fc.constantFrom(
      '/v1/chat/completions',
      '/v1/messages',
      '/v1/models',
      '/v1/models/%zz',
      '/v1/models/a%2Fb',
      '/v1/key',
      '/v1/nothing',
      '/v1beta/models/x:generateContent',
    );
    await fc.assert(
      fc.asyncProperty(
        path,
        fc.dictionary(name, value, { maxKeys: 4 }),
        fc.boolean(),
        async (target, headers, isPost) => {
          const init = isPost
            ? {
                method: 'POST',
                body: '{"model":"public","max_tokens":5,"messages":[{"role":"user","content":"x"}]}',
              }
            : {};
          const answer = await gateway.send(target, { ...init, headers });
          expect(answer.status).toBeLessThan(500);
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);

  it.each([
    ['/v1/responses', 'openai'],
    ['/v1/embeddings', 'openai'],
    ['/v1/messages/batches', 'anthropic'],
    ['/v1beta/models/gemini-pro:generateContent', 'google'],
  ])('answers 404 route_not_available to %s in the dialect of the path', async (path, dialect) => {
    const { status, json, headers } = await gateway.post(path, {});
    expect(status).toBe(404);
    expect(headers.get('x-tokenpak-error-code')).toBe('route_not_available');
    if (dialect === 'openai') expect(json.error.code).toBe('route_not_available');
    if (dialect === 'anthropic')
      expect(json).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
    if (dialect === 'google') expect(json.error.details[0].reason).toBe('route_not_available');
  });

  it('does not read the body of a stranger', async () => {
    const url = new URL(gateway.url);
    const socket = connect(Number(url.port), url.hostname);
    await once(socket, 'connect');
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer nobody\r\ncontent-type: application/json\r\ncontent-length: 30000000\r\n\r\n{',
    );
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1\.1 401 /);
    expect(head.toString().toLowerCase()).toContain('connection: close');
    socket.destroy();
  });

  it('refuses two different keys, and takes one key in any of the three headers', async () => {
    const key = gateway.key();
    const list = (headers: Record<string, string>) => gateway.send('/v1/models', { headers });
    expect((await list({ authorization: `Bearer ${key}`, 'x-api-key': 'other' })).status).toBe(401);
    for (const headers of [
      { authorization: `Bearer ${key}` },
      { 'x-api-key': key },
      { 'x-goog-api-key': key },
    ]) {
      expect((await list(headers as unknown as Record<string, string>)).status).toBe(200);
    }
    expect((await gateway.send('/', { method: 'HEAD' })).status).toBe(204);
  });

  it('still serves after all of this', async () => {
    expect((await gateway.chat({})).status).toBe(200);
  });

  it('logged nothing of it that holds a key', () => {
    for (const code of ['invalid_request', 'request_too_large', 'invalid_api_key'])
      expect(gateway.log).toContain(code);
    expect(findLeaks(gateway.log, [gateway.key(), gateway.adminToken])).toEqual([]);
  });
});

async function sendChunked(url: string, path: string, key: string, body: string): Promise<string> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
  for (let start = 0; start < body.length; start += 10_000) {
    const piece = body.slice(start, start + 10_000);
    socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
  }
  const [head] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return head.toString();
}

/** JSON of all shapes, near-valid requests with one member replaced, and bytes that are no JSON. */
function arbitraryBody(): fc.Arbitrary<string> {
  const leaf = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(1e999, -0, '', '\u0000', '\ud800', [], {}, null, true),
  );
  const part = fc.record(
    {
      type: fc.oneof(
        fc.constantFrom(
          'text',
          'image_url',
          'image',
          'tool_use',
          'tool_result',
          'thinking',
          'document',
          'file',
          'input_audio',
        ),
        leaf,
      ),
      text: leaf,
      source: leaf,
      image_url: leaf,
      id: leaf,
      input: leaf,
      tool_use_id: leaf,
      content: leaf,
      thinking: leaf,
      cache_control: leaf,
    },
    { requiredKeys: ['type'] },
  );
  const message = fc.record(
    {
      role: fc.oneof(fc.constantFrom('user', 'assistant', 'system', 'tool', 'developer'), leaf),
      content: fc.oneof(fc.string(), fc.array(part, { maxLength: 3 }), leaf),
      tool_calls: leaf,
      tool_call_id: leaf,
      name: leaf,
    },
    { requiredKeys: ['role'] },
  );
  const request = fc.record(
    {
      model: fc.oneof(fc.constant('public'), leaf),
      messages: fc.oneof(fc.array(message, { maxLength: 4 }), leaf),
      max_tokens: fc.oneof(fc.integer({ min: -1, max: 50 }), leaf),
      stream: fc.oneof(fc.boolean(), leaf),
      stream_options: leaf,
      tools: leaf,
      tool_choice: leaf,
      response_format: leaf,
      temperature: fc.oneof(fc.double(), leaf),
      stop: leaf,
      system: leaf,
      thinking: leaf,
      metadata: leaf,
      n: leaf,
      seed: leaf,
    },
    { requiredKeys: ['model', 'messages'] },
  );
  const json = fc
    .oneof({ weight: 6, arbitrary: request }, { weight: 1, arbitrary: fc.jsonValue() })
    .map((value) => JSON.stringify(value));
  const broken = fc.tuple(json, fc.nat(), fc.string({ maxLength: 3 })).map(([text, at, extra]) => {
    const position = text.length === 0 ? 0 : at % text.length;
    return text.slice(0, position) + extra + text.slice(position + 1);
  });
  return fc.oneof({ weight: 4, arbitrary: json }, { weight: 1, arbitrary: broken });
}
