import { jest } from '@jest/globals';
import { BODY_TIMEOUT_MS } from '../../src/pipeline/read-body.ts';
import { eventually } from '../support/eventually.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';
import { exchangeRaw, RawConnection } from '../support/raw-http.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start({ config: configureSimulated(), env: { ADMIN_PORT: '0' } });
});
afterAll(() => gateway.stop());

const HUGE = 'x'.repeat(20_000);

describe.each([
  ['data plane', 'application/json'],
  ['admin plane', 'application/problem+json'],
])('the listener of the %s', (plane, contentType) => {
  const origin = () => (plane === 'data plane' ? gateway.url : gateway.adminUrl);

  it.each([
    ['bytes that are no HTTP', 'hello\r\n\r\n', 400, 'invalid_request'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx',
      400,
      'invalid_request',
    ],
    [
      'headers that are too large',
      `GET / HTTP/1.1\r\nhost: x\r\nx-huge: ${HUGE}\r\n\r\n`,
      431,
      'request_headers_too_large',
    ],
  ])('answers %s with a code and ends the connection', async (_case, text, status, code) => {
    const answer = await exchangeRaw(origin(), text);
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-tokenpak-error-code': code,
      'content-type': contentType,
      'x-request-id': expect.any(String) as string,
      connection: 'close',
    });
    expect(plane === 'data plane' ? answer.json.error.code : answer.json.code).toBe(code);
  });
});

it('answers chunks that are broken in the midst of a body that it reads', async () => {
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${gateway.key()}\r\n`;
  const connection = await RawConnection.open(gateway.url);
  connection.send(`${head}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{"\r\n`);
  connection.send('not a length\r\n');
  const answer = await connection.readToEnd();
  expect([answer.status, answer.headers.get('x-tokenpak-error-code')]).toEqual([400, 'invalid_request']);
});

it.each([
  ['/v1/models', ({ error }: any) => error.code],
  ['/v1beta/models', ({ error }: any) => error.details[0].reason],
  ['/nowhere', ({ error }: any) => error.code],
])('answers HTTP/1.1 without a host for %s in the dialect of the path', async (path, readCode) => {
  const answer = await exchangeRaw(gateway.url, `GET ${path} HTTP/1.1\r\nconnection: close\r\n\r\n`);
  expect([answer.status, answer.headers.get('x-tokenpak-error-code')]).toEqual([400, 'invalid_request']);
  expect(String(readCode(answer.json)).toLowerCase()).toBe('invalid_request');
});

it.each(['data plane', 'admin plane'])(
  'ignores an expectation that it does not know on the %s',
  async (plane) => {
    const origin = plane === 'data plane' ? gateway.url : gateway.adminUrl;
    const text = 'GET /health/live HTTP/1.1\r\nhost: x\r\nexpect: wonders\r\nconnection: close\r\n\r\n';
    expect((await exchangeRaw(origin, text)).status).toBe(200);
  },
);

describe('a body that does not arrive', () => {
  const realSetTimeout = setTimeout;
  afterEach(() => jest.restoreAllMocks());

  it.each([
    ['openai', '/v1/chat/completions', (json: any) => json.error.code],
    ['anthropic', '/v1/messages', (json: any) => json.error.details.error_code],
    ['problem', '/admin/v1/tenants', (json: any) => json.code],
  ])('is answered with 408 in the dialect of %s after two minutes', async (_dialect, path, readCode) => {
    const isAdmin = path.startsWith('/admin');
    const token = isAdmin ? gateway.adminToken : gateway.key();
    // Key and administrator are known, so that the body is read at once.
    await gateway.chat({});
    const timers = listTimers();
    const connection = await RawConnection.open(isAdmin ? gateway.adminUrl : gateway.url);
    connection.send(
      `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n` +
        'content-type: application/json\r\ncontent-length: 100\r\n\r\n{"model',
    );
    await eventually(() => (timers.has(BODY_TIMEOUT_MS) ? true : null));
    timers.fire(BODY_TIMEOUT_MS);
    const answer = await connection.readToEnd();
    expect([answer.status, answer.headers.get('x-tokenpak-error-code'), readCode(answer.json)]).toEqual([
      408,
      'request_timeout',
      'request_timeout',
    ]);
    expect(answer.headers.get('connection')).toBe('close');
  });

  /** The process's timers from now on: they run as ever, and those of one length can be let ring early. */
  function listTimers() {
    const rings = new Map<number, () => void>();
    const remember = (ring: () => void, ms = 0) => {
      rings.set(ms, ring);
      return realSetTimeout(ring, ms);
    };
    const spy = jest.spyOn(globalThis, 'setTimeout').mockImplementation(remember);
    return {
      has: (ms: number) => rings.has(ms),
      fire: (ms: number) => {
        spy.mockRestore();
        rings.get(ms)?.();
      },
    };
  }
});
