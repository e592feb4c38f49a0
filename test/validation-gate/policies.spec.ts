import { configureOne } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

const CARD = '4111 1111 1111 1111';
const EMAIL = 'alice@example.com';
const ACTIONS = { low: 'flag', medium: 'redact', high: 'block', critical: 'block' };

const card = { type: 'payment-card', id: 'card', severity: 'high' };
const email = { type: 'email', id: 'email', severity: 'medium' };
const policy = (name: string, key: string, change: object) => ({
  name,
  scope: { key },
  direction: 'both',
  detectors: [card, email],
  actions: ACTIONS,
  ...change,
});

/** Policies from the client's request to the upstream and back, in both dialects, whole and streamed. */
describe('policies', () => {
  let upstream: Upstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await startOpenAiUpstream();
    const tenant = {
      keys: [{ name: 'main' }, { name: 'shadow' }, { name: 'free' }],
      policies: [policy('enforced', 'main', {}), policy('on-trial', 'shadow', { mode: 'shadow' })],
    };
    gateway = await TestGateway.start({ config: configureOne('openai', upstream, tenant) });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });
  beforeEach(() => upstream.reset());

  const as = (key: string) => ({ authorization: `Bearer ${gateway.key(key)}` });
  const say = (content: unknown) => ({ messages: [{ role: 'user', content }] });

  it('refuses a blocked request in the dialect of the caller, before anything is sent, and without its text', async () => {
    const chat = await gateway.chat(say(`pay with ${CARD}`));
    const messages = await gateway.messages(say(`pay with ${CARD}`));
    for (const answer of [chat, messages]) {
      expect(answer.status).toBe(400);
      expect(answer.headers.get('x-tokenpak-error-code')).toBe('policy_violation');
      expect(answer.text).toContain('card');
      expect(answer.text).not.toContain('4111');
    }
    expect(messages.json).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
    expect(upstream.requests).toHaveLength(0);
  });

  it('sends the upstream a redacted request, also translated', async () => {
    expect((await gateway.chat(say(`write to ${EMAIL}`))).status).toBe(200);
    expect((await gateway.messages(say([{ type: 'text', text: `write to ${EMAIL}` }]))).status).toBe(200);
    expect(upstream.requests).toHaveLength(2);
    for (const { body } of upstream.requests) {
      expect(body.toString()).toContain('write to [REDACTED:email]');
      expect(body.toString()).not.toContain(EMAIL);
    }
  });

  it.each([
    ['with usage', { stream_options: { include_usage: true } }],
    ['without', {}],
  ])('redacts every choice of a stream and keeps it, %s', async (_, options) => {
    upstream.setDefault({ text: `ask ${EMAIL} or bob`, splitBytes: [5] });
    const { text, headers } = await gateway.chat({ stream: true, n: 3, ...options });
    upstream.setDefault({});
    expect(headers.get('x-tokenpak-buffered')).toBe('policy');
    const frames = text.trimEnd().split('\n\n');
    expect(frames.pop()).toBe('data: [DONE]');
    const chunks = frames.map((frame) => JSON.parse(frame.slice('data: '.length)));
    const said = ['', '', ''];
    for (const { choices } of chunks)
      for (const { index, delta } of choices) said[index] += (delta.content as string | undefined) ?? '';
    expect(said).toEqual(Array.from({ length: 3 }, () => 'ask [REDACTED:email] or bob'));
    expect(chunks.some(({ usage }) => usage?.prompt_tokens > 0)).toBe('stream_options' in options);
  });

  it.each([
    ['a body', false],
    ['a stream', true],
  ])('redacts %s of an answer in both dialects', async (_, stream) => {
    upstream.setDefault({ text: `ask ${EMAIL} or bob`, splitBytes: [5] });
    const chat = await gateway.chat({ stream });
    const messages = await gateway.messages({ stream });
    for (const answer of [chat, messages]) {
      expect(answer.status).toBe(200);
      expect(answer.text).toContain('[REDACTED:email]');
      expect(answer.text).not.toContain('alice');
      expect(answer.headers.get('x-tokenpak-buffered')).toBe(stream ? 'policy' : null);
    }
    expect(chat.text.includes('[DONE]')).toBe(stream);
    expect(messages.text.includes('event: message_stop')).toBe(stream);
    upstream.setDefault({});
  });

  it('refuses a blocked answer, whole or streamed', async () => {
    upstream.setDefault({ text: `your card is ${CARD}` });
    for (const stream of [false, true]) {
      const answer = await gateway.chat({ stream, temperature: stream ? 0.1 : 0.2 });
      expect(answer.status).toBe(400);
      expect(answer.json.error).toMatchObject({ code: 'policy_violation' });
      expect(answer.text).not.toContain('4111');
    }
    upstream.setDefault({});
  });

  it('changes nothing for a policy in shadow, and records it', async () => {
    const answer = await gateway.chat(say(`pay with ${CARD}`), as('shadow'));
    expect(answer.status).toBe(200);
    expect(upstream.requests[0]?.body.toString()).toContain(CARD);
    const trace = await gateway.trace(answer);
    expect(trace.firedRules).toEqual([expect.stringMatching(/\/card$/)]);
    const streamed = await gateway.chat({ stream: true }, as('shadow'));
    expect(streamed.headers.get('x-tokenpak-buffered')).toBeNull();
  });

  it('leaves a key alone that no policy is about', async () => {
    expect((await gateway.chat(say(`pay with ${CARD}`), as('free'))).status).toBe(200);
    expect(upstream.requests[0]?.body.toString()).toContain(CARD);
  });
});
