import {
  KINDS,
  OtlpCollector,
  type OtlpSpan,
  readAttributes,
} from '../../src/support/tracing/otel/otlp-collector.spec-support.ts';
import { configureOne } from '../support/gateway-configs.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_ID = '00f067aa0ba902b7';
const TEXT = 'a text that nobody else may read';

describe('traces for an OpenTelemetry collector', () => {
  let upstream: Upstream;
  let collector: OtlpCollector;
  let gateway: TestGateway;

  beforeAll(async () => {
    [upstream, collector] = await Promise.all([startOpenAiUpstream(), OtlpCollector.start()]);
    gateway = await TestGateway.start({
      config: configureOne('openai', upstream),
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_SERVICE_NAME: 'the-gateway',
        OTEL_BSP_SCHEDULE_DELAY: '10',
      },
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await Promise.all([upstream.close(), collector.close()]);
  });

  /** The spans of one answer: its own first. */
  async function spansOf(answer: Answer): Promise<OtlpSpan[]> {
    const spanId = (answer.headers.get('x-request-id') ?? '').replaceAll('-', '').slice(16);
    for (let count = 1; ; count++) {
      await collector.waitForRequests(count);
      const server = collector.requests.find((span) => span.spanId === spanId);
      if (server === undefined) continue;
      return [server, ...collector.spans.filter(({ parentSpanId }) => parentSpanId === spanId)];
    }
  }

  const attributesOf = (span: OtlpSpan | undefined): Record<string, unknown> =>
    readAttributes(span?.attributes ?? []);

  it.each([true, false])(
    'hold the request below its client span, the stages and the call (stream: %s)',
    async (stream) => {
      const answer = await gateway.chat(
        { stream, messages: [{ role: 'user', content: TEXT }] },
        { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` },
      );
      expect(answer.status).toBe(200);
      const [server, ...children] = await spansOf(answer);
      expect(server).toMatchObject({ traceId: TRACE_ID, parentSpanId: PARENT_ID, kind: KINDS.server });
      expect(server?.name).toBe('POST /v1/chat/completions');
      expect(attributesOf(server)).toMatchObject({
        'http.request.method': 'POST',
        'http.response.status_code': 200,
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'public',
        'gen_ai.request.stream': stream,
        'tokenpak.cache.outcome': 'off',
        'tokenpak.cost.usd': expect.any(Number),
      });
      const stages = children.filter(({ kind }) => kind === KINDS.internal).map(({ name }) => name);
      expect(stages).toEqual(
        expect.arrayContaining(['authentication', 'provider-router', 'upstream', 'ledger']),
      );
      const [call] = children.filter(({ kind }) => kind === KINDS.client);
      const row = await gateway.ledgerRow(answer);
      expect(attributesOf(call)).toMatchObject({
        'http.response.status_code': 200,
        'gen_ai.usage.output_tokens': Number(row.output_tokens),
        'tokenpak.tenant.id': row.tenant_id,
        'tokenpak.key.id': row.key_id,
      });
    },
  );

  it('hold a cached answer, which needed no call', async () => {
    const body = { temperature: 0, messages: [{ role: 'user', content: TEXT }] };
    await gateway.chat(body);
    const [server, ...children] = await spansOf(await gateway.chat(body));
    expect(attributesOf(server)['tokenpak.cache.outcome']).toBe('hit');
    expect(children.some(({ kind }) => kind === KINDS.client)).toBe(false);
  });

  it('hold a refused request with its code', async () => {
    const [server] = await spansOf(await gateway.chat({ model: 'missing' }));
    expect(attributesOf(server)).toMatchObject({
      'error.type': 'model_not_found',
      'http.response.status_code': 404,
    });
    expect(server?.status.code).toBe(0);
  });

  it('come from the service that the variables name, and never hold a text or a key', async () => {
    await spansOf(await gateway.chat({ messages: [{ role: 'user', content: TEXT }] }));
    expect(collector.resource).toMatchObject({ 'service.name': 'the-gateway' });
    const sent = collector.received.map(({ text }) => text).join();
    expect(sent).not.toContain(TEXT);
    expect(sent).not.toContain(gateway.key());
  });
});
