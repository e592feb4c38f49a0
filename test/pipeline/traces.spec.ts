import { STAGES } from '../../src/support/tracing/pipeline-trace.ts';
import { configureOne, describeProvider, PRICE } from '../support/gateway-configs.ts';
import { eventually } from '../support/eventually.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

interface Stage {
  stage: string;
  outcome: string;
  startMs: number;
  durationMs: number;
  detail: unknown;
}

/** Every kind of request leaves a trace with every stage, its time, and why it was skipped or refused. */
describe('traces', () => {
  let first: Upstream;
  let second: Upstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    [first, second] = await Promise.all([startOpenAiUpstream(), startOpenAiUpstream()]);
    gateway = await TestGateway.start({
      config: {
        ...configureOne('openai', first),
        providers: [
          describeProvider('openai', first),
          describeProvider('openai', second, { name: 'backup' }),
        ],
        models: [
          {
            name: 'public',
            deployments: [
              { provider: 'openai', upstreamModel: 'first', priority: 0, price: PRICE },
              { provider: 'backup', upstreamModel: 'second', priority: 1, price: PRICE },
            ],
          },
        ],
        tenants: [
          {
            name: 'acme',
            keys: [{ name: 'main' }, { name: 'limited' }],
            policies: [
              {
                name: 'no-cards',
                direction: 'request',
                detectors: [{ type: 'payment-card', id: 'card', severity: 'critical' }],
              },
            ],
            rateLimits: [
              { metric: 'requests', limit: 1_000, windowSeconds: 60 },
              { scope: { key: 'limited' }, metric: 'requests', limit: 1, windowSeconds: 60 },
            ],
          },
        ],
      },
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await Promise.all([first.close(), second.close()]);
  });
  beforeEach(() => {
    first.reset();
    second.reset();
  });

  /** Checks what holds for every trace, and gives the stages by name. */
  const readStages = (trace: { durationMs: number; stages: Stage[] }): Record<string, Stage> => {
    expect(trace.stages.map(({ stage }) => stage)).toEqual([...STAGES]);
    for (const stage of trace.stages) {
      expect(stage.startMs).toBeGreaterThanOrEqual(0);
      expect(stage.durationMs).toBeGreaterThanOrEqual(0);
      expect(stage.startMs + stage.durationMs).toBeLessThanOrEqual(trace.durationMs + 1);
      if (stage.outcome !== 'ran') expect(JSON.stringify(stage.detail)).toMatch(/\w{3}/);
    }
    return Object.fromEntries(trace.stages.map((stage) => [stage.stage, stage]));
  };
  const outcomes = (stages: Record<string, Stage>) =>
    Object.fromEntries(Object.entries(stages).map(([name, { outcome }]) => [name, outcome]));

  const traceOf = async (answer: Answer) => {
    const trace = await gateway.trace(answer);
    return { trace, stages: readStages(trace) };
  };

  it('tells a normal request from socket to ledger', async () => {
    const { trace, stages } = await traceOf(await gateway.chat({}));
    expect(trace).toMatchObject({ status: 200, errorCode: null, model: 'public', provider: 'openai' });
    expect(trace.attempts).toMatchObject([{ provider: 'openai', outcome: 'success', status: 200 }]);
    expect(outcomes(stages)).toMatchObject({
      authentication: 'ran',
      'request-router': 'ran',
      'format-adapter': 'ran',
      'validation-gate': 'ran',
      'rate-limiter': 'ran',
      'cache-manager': 'skipped',
      'provider-router': 'ran',
      'circuit-breaker': 'ran',
      upstream: 'ran',
      'response-adapter': 'ran',
      ledger: 'ran',
    });
    expect(stages['cache-manager']?.detail).toContain('not deterministic');
  });

  it('tells a cached request, which needed no provider', async () => {
    const body = { temperature: 0, messages: [{ role: 'user', content: 'cache me' }] };
    await gateway.chat(body);
    const hit = await gateway.chat(body);
    expect(hit.headers.get('x-tokenpak-cache')).toBe('hit');
    const { trace, stages } = await traceOf(hit);
    expect(trace.attempts).toEqual([]);
    expect(stages['cache-manager']).toMatchObject({ outcome: 'ran', detail: 'hit' });
    expect(stages['upstream']).toMatchObject({
      outcome: 'skipped',
      detail: expect.stringContaining('cache'),
    });
  });

  it('tells a blocked request by policy and rule, not by its text', async () => {
    const blocked = await gateway.chat({
      messages: [{ role: 'user', content: 'my card is 4111 1111 1111 1111' }],
    });
    expect(blocked.status).toBe(400);
    const { trace, stages } = await traceOf(blocked);
    expect(trace).toMatchObject({
      errorCode: 'policy_violation',
      firedRules: [expect.stringMatching(/\/card$/)],
    });
    expect(stages['validation-gate']?.outcome).toBe('refused');
    expect(stages['upstream']).toMatchObject({
      outcome: 'skipped',
      detail: expect.stringContaining('validation-gate'),
    });
    expect(JSON.stringify(trace)).not.toContain('4111');
  });

  it('tells a request without a valid key', async () => {
    const refused = await gateway.chat({}, { authorization: 'Bearer nobody' });
    expect(refused.status).toBe(401);
    const { trace, stages } = await traceOf(refused);
    expect(trace).toMatchObject({ tenantId: null, errorCode: 'invalid_api_key' });
    expect(stages['authentication']?.outcome).toBe('refused');
    expect(JSON.stringify(trace)).not.toContain('nobody');
  });

  it('tells a rate-limited request', async () => {
    const headers = { authorization: `Bearer ${gateway.key('limited')}` };
    await gateway.chat({}, headers);
    const refused = await gateway.chat({}, headers);
    expect(refused.status).toBe(429);
    const { trace, stages } = await traceOf(refused);
    expect(trace.errorCode).toBe('rate_limit_exceeded');
    expect(stages['rate-limiter']?.outcome).toBe('refused');
  });

  it('tells a request that failed over, attempt by attempt', async () => {
    first.enqueue({ status: 503 });
    const { trace } = await traceOf(await gateway.chat({}));
    expect(trace).toMatchObject({ status: 200, provider: 'backup', sampledBy: 'failover' });
    expect(trace.attempts).toMatchObject([
      { provider: 'openai', outcome: 'failed', status: 503 },
      { provider: 'backup', outcome: 'success', status: 200 },
    ]);
  });

  it('is found by the id that the answer names beside the id of the client', async () => {
    const answer = await gateway.chat({}, { 'x-request-id': 'job 7/line 3' });
    expect(answer.headers.get('x-request-id')).toBe('job 7/line 3');
    const trace = await gateway.trace(answer);
    expect(trace).toMatchObject({ id: answer.headers.get('request-id'), clientRequestId: 'job 7/line 3' });
  });

  it('tells a request whose client left', async () => {
    first.enqueue({ firstByteDelayMs: 60_000 });
    const controller = new AbortController();
    const request = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      signal: controller.signal,
      headers: {
        authorization: `Bearer ${gateway.key()}`,
        'content-type': 'application/json',
        'x-request-id': 'left',
      },
      body: JSON.stringify({ model: 'public', stream: true, messages: [{ role: 'user', content: 'x' }] }),
    }).catch(() => null);
    await eventually(() => (first.requests.length > 0 ? true : null));
    controller.abort();
    await request;
    const trace = await eventually(async () => {
      const { json } = await gateway.admin('/traces?status=499');
      const found = json.data.find((row: { clientRequestId: string }) => row.clientRequestId === 'left');
      return found === undefined ? null : (await gateway.admin(`/traces/${found.id}`)).json;
    });
    expect(readStages(trace)['upstream']?.outcome).not.toBe('ran');
    expect(trace.attempts).toMatchObject([{ outcome: 'aborted' }]);
    await eventually(() => (first.abortedRequests() === 1 ? true : null));
  });
});
