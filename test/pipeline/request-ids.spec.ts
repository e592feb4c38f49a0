import { configureSimulated } from '../support/gateway-configs.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';

const OURS = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe('ids of a request', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start({ config: configureSimulated() });
  });
  afterAll(() => gateway.stop());

  const ROUTES: [string, (headers: Record<string, string>) => Promise<Answer>, number][] = [
    ['a whole answer', (headers) => gateway.chat({}, headers), 200],
    ['a stream', (headers) => gateway.chat({ stream: true }, headers), 200],
    ['an answer in the other dialect', (headers) => gateway.messages({}, headers), 200],
    ['a list', (headers) => gateway.send('/v1/models', { headers }), 200],
    ['a refusal', (headers) => gateway.chat({ messages: 'x' }, headers), 400],
    ['no key', (headers) => gateway.chat({}, { ...headers, authorization: 'Bearer x' }), 401],
    ['no route', (headers) => gateway.post('/v1/nothing', {}, headers), 404],
  ];

  it.each(ROUTES)("gives the client's back beside ours: %s", async (_name, ask, status) => {
    const answer = await ask({ 'x-request-id': 'client-1' });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-request-id')).toBe('client-1');
    expect(answer.headers.get('request-id')).toMatch(OURS);
  });

  it.each([
    ['none', {}],
    ['an empty one', { 'x-request-id': '' }],
    ['one that is too long', { 'x-request-id': 'x'.repeat(129) }],
    ['one that is not ASCII', { 'x-request-id': 'caf\u00e9' }],
    ['one with a tab', { 'x-request-id': 'a\tb' }],
  ])('are ours, both, when the client sends %s', async (_name, headers) => {
    const answer = await gateway.chat({}, headers);
    expect(answer.headers.get('request-id')).toMatch(OURS);
    expect(answer.headers.get('x-request-id')).toBe(answer.headers.get('request-id'));
  });

  it("carry the client's up to the length that is stored", async () => {
    const id = 'x'.repeat(128);
    expect((await gateway.chat({}, { 'x-request-id': id })).headers.get('x-request-id')).toBe(id);
  });
});
