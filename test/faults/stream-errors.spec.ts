import { eventually } from '../support/eventually.ts';
import { configureOne, describeProvider } from '../support/gateway-configs.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';
import { startAnthropicUpstream } from '../support/upstreams/anthropic-upstream.ts';
import type { UpstreamBehaviour } from '../support/upstreams/behaviour.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

const TEXT = 'word '.repeat(20);
const START = { openai: startOpenAiUpstream, anthropic: startAnthropicUpstream };

/** A provider that gives up in the middle of a stream: what the client sees is one error, and so does everybody else. */
describe.each(['openai', 'anthropic'] as const)('a stream of %s with an error event inside', (kind) => {
  let upstream: Upstream;
  let gateway: TestGateway;

  beforeEach(async () => {
    upstream = await START[kind]();
    gateway = await TestGateway.start({
      config: {
        ...configureOne(kind, upstream),
        providers: [describeProvider(kind, upstream, { breaker: { consecutiveFailures: 3 } })],
      },
    });
  });
  afterEach(async () => {
    await gateway.stop();
    await upstream.close();
  });

  /** Anthropic's usual one is an overload, which is no failure but a limit. */
  const errorType = kind === 'openai' ? 'server_error' : 'api_error';
  const ask = (dialect: string): Promise<Answer> =>
    dialect === 'openai' ? gateway.chat({ stream: true }) : gateway.messages({ stream: true });
  const countErrors = (text: string): number => text.match(/"error":\s*\{/g)?.length ?? 0;
  const readBreaker = async () => (await gateway.admin('/stats')).json.deployments[0];

  it.each(['openai', 'anthropic'])('is an error in ledger, trace, breaker and metrics, in %s', async (to) => {
    upstream.enqueue({ text: TEXT, errorAfterFrames: 6, errorType });
    const answer = await ask(to);
    expect([answer.status, countErrors(answer.text)]).toEqual([200, 1]);
    // The provider's own event, where it speaks the client's dialect.
    if (to === kind) expect(answer.text).toContain('The upstream was told to fail with');
    expect(answer.text).not.toMatch(/\[DONE\]|message_stop/);
    expect(await gateway.ledgerRow(answer)).toMatchObject({ status: 200, error_code: 'upstream_error' });
    const trace = await gateway.trace(answer);
    expect(trace).toMatchObject({ status: 200, errorCode: 'upstream_error' });
    expect(trace.attempts).toMatchObject([
      { outcome: 'failed', reason: expect.stringContaining('error event in the stream') },
    ]);
    expect(trace.stages.find(({ stage }: { stage: string }) => stage === 'upstream').outcome).toBe('failed');
    expect(await readBreaker()).toMatchObject({ calls: 1, failures: 1 });
    expect((await gateway.send('/metrics')).text).toContain(
      `tokenpak_upstream_attempts_total{provider="${kind}",outcome="failed"} 1`,
    );
  });

  it('reaches the client byte for byte, and once, also where the connection breaks after it', async () => {
    const error =
      kind === 'openai'
        ? 'data: {"error" : {"message":"busy","code":null}, "x":1.0}\r\n\r\n'
        : 'event: error\r\ndata: {"type":"error" ,"error":{"type":"api_error","message":"busy"}, "x":1.0}\r\n\r\n';
    const opening =
      kind === 'openai'
        ? 'data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n'
        : 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}\n\n';
    const rawBody = opening + error;
    for (const cut of [{}, { cutAfterBytes: rawBody.length }]) {
      upstream.enqueue({ rawBody, rawContentType: 'text/event-stream', ...cut });
      const answer = await ask(kind);
      expect(answer.text).toBe(rawBody);
      expect(await gateway.ledgerRow(answer)).toMatchObject({ error_code: 'upstream_error' });
      expect((await gateway.trace(answer)).attempts).toMatchObject([{ outcome: 'failed' }]);
    }
    expect(await readBreaker()).toMatchObject({ calls: 2, failures: 2 });
  });

  it('opens the breaker like any other failure', async () => {
    upstream.setDefault({ text: TEXT, errorAfterFrames: 6, errorType });
    for (let count = 0; count < 3; count += 1) await ask(kind);
    expect((await readBreaker()).breaker.state).toBe('open');
    expect((await ask(kind)).status).toBe(503);
  });

  it.each<[number, string, string]>([
    [400, 'rejected', 'rejected'],
    [429, 'failed', 'rate-limited'],
  ])('with the words of status %d says nothing about the provider', async (status, outcome, result) => {
    const words = JSON.stringify(renderError(kind, status));
    const event = kind === 'openai' ? `data: ${words}\n\n` : `event: error\ndata: ${words}\n\n`;
    const behaviour: UpstreamBehaviour = {
      rawBody: `: hello\n\n${event}`,
      rawContentType: 'text/event-stream',
    };
    upstream.enqueue(behaviour);
    const answer = await ask(kind);
    expect((await gateway.trace(answer)).attempts).toMatchObject([{ outcome }]);
    expect(await readBreaker()).toMatchObject({ calls: 0, failures: 0, breaker: { state: 'closed' } });
    expect((await gateway.send('/metrics')).text).toContain(
      `tokenpak_upstream_attempts_total{provider="${kind}",outcome="${result}"} 1`,
    );
  });

  it('is booked as such where the client left on it', async () => {
    upstream.enqueue({ text: TEXT, errorAfterFrames: 6, stallAfterFrames: 7, errorType });
    const controller = new AbortController();
    const path = kind === 'openai' ? '/v1/chat/completions' : '/v1/messages';
    const response = await fetch(gateway.url + path, {
      method: 'POST',
      signal: controller.signal,
      headers: {
        authorization: `Bearer ${gateway.key()}`,
        'content-type': 'application/json',
        'anthropic-version': '2023-06-01',
      },
      body: JSON.stringify({
        model: 'public',
        max_tokens: 64,
        stream: true,
        messages: [{ role: 'user', content: 'Hello' }],
      }),
    });
    const decoder = new TextDecoder();
    const reader = response.body?.getReader();
    for (let text = ''; countErrors(text) === 0;) text += decoder.decode((await reader?.read())?.value);
    controller.abort();
    const [row] = await gateway.ledger(1);
    expect(row).toMatchObject({ status: 499, error_code: 'upstream_error' });
    const stats = await eventually(async () => {
      const status = await readBreaker();
      return status.calls === 1 ? status : null;
    });
    expect(stats).toMatchObject({ failures: 1 });
  });

  it('is told apart from a stream that only lacks its end marker, which fails all the same', async () => {
    upstream.enqueue({ text: TEXT, endAfterFrames: 6 });
    const answer = await ask(kind);
    expect(countErrors(answer.text)).toBe(1);
    expect(await gateway.ledgerRow(answer)).toMatchObject({ error_code: 'upstream_error' });
    expect((await gateway.trace(answer)).attempts).toMatchObject([
      { outcome: 'failed', reason: 'the stream ended without its end marker' },
    ]);
    expect(await readBreaker()).toMatchObject({ calls: 1, failures: 1 });
  });
});

function renderError(kind: string, status: number): object {
  const type = status === 400 ? 'invalid_request_error' : 'rate_limit_error';
  const error = { type, message: 'No.' };
  return kind === 'openai' ? { error } : { type: 'error', error };
}
