import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ConsoleLogger, Logger } from '@nestjs/common';
import type { TokenUsage } from '../../../chat/usage.js';
import { ManualClock } from '../../../common/clock.port.js';
import { createId } from '../../../common/ids.js';
import type { AttemptTrace } from '../pipeline-trace.js';
import { PipelineTrace, type TraceOutcome } from '../trace-builder.js';
import { OtelTraceExporter } from './otel-trace-exporter.js';
import { KINDS, OtlpCollector, type OtlpSpan, readAttributes } from './otlp-collector.spec-support.js';
import { type OtelVariables, parseOtelSettings } from './parse-otel-settings.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_ID = '00f067aa0ba902b7';
const STARTED_MS = 1_790_000_000_123;

const USAGE: TokenUsage = {
  inputTokens: 10,
  outputTokens: 7,
  cacheReadTokens: 100,
  cacheWriteTokens: 20,
  cacheWrite1hTokens: 3,
  reasoningTokens: 4,
  source: 'provider',
};

const OUTCOME: TraceOutcome = {
  tenantId: createId(),
  keyId: createId(),
  clientRequestId: 'client-1',
  route: 'chat-completions',
  model: 'fast',
  provider: 'main',
  status: 200,
  errorCode: null,
  firedRules: ['policy/card'],
  method: 'POST',
  streamed: true,
  cacheOutcome: 'miss',
  usage: USAGE,
  costNanoUsd: 1_500_000n,
};

function createAttempt(changes: Partial<AttemptTrace> = {}): AttemptTrace {
  return {
    deploymentId: createId(),
    provider: 'main',
    providerKind: 'openai',
    upstreamModel: 'gpt-4o-mini',
    startMs: 2,
    firstByteMs: 30,
    durationMs: 40,
    status: 200,
    outcome: 'success',
    reason: null,
    ...changes,
  };
}

let collector: OtlpCollector;
let exporters: OtelTraceExporter[];
let logged: string[];

beforeEach(async () => {
  collector = await OtlpCollector.start();
  exporters = [];
  logged = [];
  const note = (message: string): number => logged.push(message);
  Logger.overrideLogger({ log: note, warn: note, error: note });
});

afterEach(async () => {
  // The collector goes first, so that an exporter that it left hanging ends at once.
  await collector.close();
  for (const exporter of exporters) await exporter.onApplicationShutdown();
  Logger.overrideLogger(new ConsoleLogger());
});

/** Sends after a millisecond, and gives up soon. */
function createExporter(variables: OtelVariables = {}): OtelTraceExporter {
  const settings = parseOtelSettings(
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: '400',
      OTEL_BSP_SCHEDULE_DELAY: '1',
      ...variables,
    },
    (fault) => {
      throw new Error(fault);
    },
  );
  if (settings === null) throw new Error('Exporting is off');
  const exporter = new OtelTraceExporter(settings);
  exporters.push(exporter);
  return exporter;
}

interface TestRequest {
  traceparent?: string;
  outcome?: Partial<TraceOutcome>;
  attempts?: AttemptTrace[];
}

function endTrace({ traceparent, outcome = {}, attempts = [] }: TestRequest): [PipelineTrace, TraceOutcome] {
  const clock = new ManualClock(STARTED_MS);
  const trace = new PipelineTrace({ id: createId(), clock, traceparent });
  trace.beginStage('authentication');
  clock.advance(1.5);
  trace.logStage('authentication', 'ran', 'memory');
  trace.beginStage('provider-router');
  clock.advance(0.5);
  trace.logStage('provider-router', 'ran', {
    strategy: 'priority',
    candidates: 2,
    healthy: ['a'],
    nested: { text: 'x' },
  });
  trace.skipStage('cache-manager', 'off for this tenant');
  for (const attempt of attempts) trace.addAttempt(attempt);
  clock.advance(40);
  const ended = { ...OUTCOME, ...outcome };
  trace.endTrace(ended);
  return [trace, ended];
}

function exportOne(exporter: OtelTraceExporter, request: TestRequest = {}): PipelineTrace {
  const [trace, outcome] = endTrace(request);
  exporter.exportTrace(trace, outcome);
  return trace;
}

const attributesOf = (span: OtlpSpan | undefined): Record<string, unknown> =>
  readAttributes(span?.attributes ?? []);
const spansOf = (kind: number): OtlpSpan[] => collector.spans.filter((span) => span.kind === kind);

describe('OtelTraceExporter', () => {
  it('sends one SERVER span below the client span, with the stages that ran and the attempts as its children', async () => {
    const trace = exportOne(createExporter(), {
      traceparent: `00-${TRACE_ID}-${PARENT_ID}-01`,
      attempts: [createAttempt({ status: 503, outcome: 'failed' }), createAttempt({ startMs: 50 })],
    });
    const [server] = await collector.waitForRequests(1);
    const own = trace.id.replaceAll('-', '').slice(16);
    expect(server).toMatchObject({ traceId: TRACE_ID, spanId: own, parentSpanId: PARENT_ID });
    expect(server?.name).toBe('POST /v1/chat/completions');
    expect(spansOf(KINDS.internal).map(({ name }) => name)).toEqual(['authentication', 'provider-router']);
    expect(spansOf(KINDS.client).map(({ name }) => name)).toEqual(['chat gpt-4o-mini', 'chat gpt-4o-mini']);
    const children = collector.spans.filter((span) => span !== server);
    expect(collector.spans.every(({ traceId }) => traceId === TRACE_ID)).toBe(true);
    expect(
      children.filter(({ kind }) => kind !== KINDS.server).every(({ parentSpanId }) => parentSpanId === own),
    ).toBe(true);
    expect(new Set(collector.spans.map(({ spanId }) => spanId)).size).toBe(5);
  });

  it('starts a trace of its own, named by the request, for a client that sends none', async () => {
    const trace = exportOne(createExporter(), { traceparent: 'nonsense' });
    const [server] = await collector.waitForRequests(1);
    expect(server?.traceId).toBe(trace.id.replaceAll('-', ''));
    expect(server?.parentSpanId).toBeUndefined();
  });

  it('gives each span its own time', async () => {
    exportOne(createExporter(), { attempts: [createAttempt()] });
    const [server] = await collector.waitForRequests(1);
    const startNs = BigInt(STARTED_MS) * 1_000_000n;
    const offsetsOf = (span: OtlpSpan | undefined): bigint[] =>
      [span?.startTimeUnixNano, span?.endTimeUnixNano].map(
        (text) => (BigInt(text ?? 0) - startNs) / 100_000n,
      );
    expect(offsetsOf(server)).toEqual([0n, 420n]);
    expect(spansOf(KINDS.internal).map(offsetsOf)).toEqual([
      [0n, 15n],
      [15n, 20n],
    ]);
    expect(spansOf(KINDS.client).map(offsetsOf)).toEqual([[20n, 420n]]);
  });

  it('says by the GenAI conventions what was asked, who answered and what it used, and by its own what it cost whom', async () => {
    const trace = exportOne(createExporter(), {
      attempts: [
        createAttempt({ status: 429, outcome: 'failed' }),
        createAttempt({ providerKind: 'anthropic' }),
      ],
    });
    const [server] = await collector.waitForRequests(1);
    expect(attributesOf(server)).toEqual({
      'http.request.method': 'POST',
      'http.route': '/v1/chat/completions',
      'http.response.status_code': 200,
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': 'fast',
      'gen_ai.response.model': 'gpt-4o-mini',
      'gen_ai.request.stream': true,
      'tokenpak.request.id': trace.id,
      'tokenpak.client_request.id': 'client-1',
      'tokenpak.tenant.id': OUTCOME.tenantId,
      'tokenpak.key.id': OUTCOME.keyId,
      'tokenpak.provider.name': 'main',
      'tokenpak.cache.outcome': 'miss',
      'tokenpak.attempts': 2,
      'tokenpak.usage.input_tokens': 133,
      'tokenpak.usage.output_tokens': 7,
      'tokenpak.usage.source': 'provider',
      'tokenpak.cost.usd': 0.0015,
      'tokenpak.policy.fired_rules': ['policy/card'],
    });
    const [failed, answered] = spansOf(KINDS.client);
    expect(attributesOf(failed)).toMatchObject({
      'gen_ai.provider.name': 'openai',
      'http.response.status_code': 429,
      'error.type': '429',
      'tokenpak.attempt.number': 1,
    });
    expect(failed?.status.code).toBe(2);
    expect(attributesOf(failed)).not.toHaveProperty('gen_ai.usage.input_tokens');
    expect(attributesOf(answered)).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.usage.input_tokens': 133,
      'gen_ai.usage.output_tokens': 7,
      'gen_ai.usage.cache_read.input_tokens': 100,
      'gen_ai.usage.cache_creation.input_tokens': 23,
      'gen_ai.usage.reasoning.output_tokens': 4,
      'tokenpak.tenant.id': OUTCOME.tenantId,
    });
    expect(attributesOf(answered)).not.toHaveProperty('error.type');
  });

  it('names the stage decisions with their inputs', async () => {
    exportOne(createExporter());
    await collector.waitForRequests(1);
    expect(spansOf(KINDS.internal).map(attributesOf)).toEqual([
      { 'tokenpak.stage.outcome': 'ran', 'tokenpak.stage.detail': 'memory' },
      {
        'tokenpak.stage.outcome': 'ran',
        'tokenpak.stage.strategy': 'priority',
        'tokenpak.stage.candidates': 2,
        'tokenpak.stage.healthy': ['a'],
      },
    ]);
  });

  it.each([
    [{ outcome: 'failed', status: null, reason: 'timeout-first-byte: none came' }, 'timeout-first-byte', 2],
    [{ outcome: 'failed', status: 200, reason: 'reset after the first byte' }, 'reset', 2],
    [{ outcome: 'failed', status: 200, reason: 'the answer is not a JSON object' }, '_OTHER', 2],
    [{ outcome: 'rejected', status: 400, reason: 'status 400 (bad)' }, '400', 2],
    [{ outcome: 'aborted', status: 200, reason: 'client left' }, 'aborted', 0],
  ] as [Partial<AttemptTrace>, string, number][])(
    'classes the attempt %j as %s',
    async (changes, errorType, status) => {
      exportOne(createExporter(), { attempts: [createAttempt(changes)] });
      await collector.waitForRequests(1);
      const [attempt] = spansOf(KINDS.client);
      expect(attributesOf(attempt)['error.type']).toBe(errorType);
      expect(attempt?.status.code).toBe(status);
    },
  );

  it.each([
    [400, 'policy_violation', 0],
    [502, 'upstream_error', 2],
  ])(
    'marks a %i with its code, and only what is ours to mend as an error',
    async (status, errorCode, code) => {
      exportOne(createExporter(), { outcome: { status, errorCode, usage: null, costNanoUsd: null } });
      const [server] = await collector.waitForRequests(1);
      expect(attributesOf(server)).toMatchObject({
        'error.type': errorCode,
        'http.response.status_code': status,
      });
      expect(server?.status.code).toBe(code);
      expect(attributesOf(server)).not.toHaveProperty('tokenpak.cost.usd');
    },
  );

  it('sends nothing that an upstream or a client wrote', async () => {
    exportOne(createExporter(), {
      traceparent: 'TEXT-OF-THE-CLIENT',
      attempts: [
        createAttempt({ status: 400, outcome: 'rejected', reason: 'status 400 (TEXT-OF-THE-UPSTREAM)' }),
        createAttempt({ status: null, outcome: 'failed', reason: 'TEXT-OF-THE-UPSTREAM' }),
      ],
    });
    await collector.waitForRequests(1);
    expect(collector.received.map(({ text }) => text).join()).not.toContain('TEXT-OF');
  });

  it('brings the resource, the headers and the path that the variables name', async () => {
    exportOne(
      createExporter({
        OTEL_SERVICE_NAME: 'edge',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20token',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/custom`,
      }),
    );
    await collector.waitForRequests(1);
    expect(collector.resource).toMatchObject({
      'service.name': 'edge',
      'deployment.environment.name': 'test',
    });
    expect(collector.received[0]?.path).toBe('/custom');
    expect(collector.received[0]?.headers.authorization).toBe('Bearer token');
  });

  it('follows the decision of a client that sent one, and keeps the given share of the others', async () => {
    const exporter = createExporter({
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    });
    const left = exportOne(exporter, { traceparent: `00-${TRACE_ID}-${PARENT_ID}-00` });
    const kept = exportOne(exporter, { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` });
    for (let n = 0; n < 1_000; n++) exportOne(exporter);
    await exporter.flush();
    const ids = collector.requests.map((span) => attributesOf(span)['tokenpak.request.id']);
    expect(ids).toContain(kept.id);
    expect(ids).not.toContain(left.id);
    expect(Math.abs(ids.length - 251)).toBeLessThan(70);
  });

  it('does not ask the client under always_off', async () => {
    const exporter = createExporter({ OTEL_TRACES_SAMPLER: 'always_off' });
    exportOne(exporter, { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` });
    await exporter.flush();
    expect(collector.received).toEqual([]);
  });

  it('drops and counts what the collector refuses, says so once, and once more when it is over', async () => {
    const exporter = createExporter();
    collector.status = 400;
    for (let n = 0; n < 100; n++) exportOne(exporter);
    await exporter.flush();
    expect(exporter.droppedCount).toBe(100);
    expect(logged).toEqual(['Traces do not reach the collector and are dropped: Bad Request']);
    collector.status = 200;
    exportOne(exporter);
    exportOne(exporter);
    await collector.waitForRequests(2);
    await exporter.flush();
    expect(logged.slice(1)).toEqual(['The collector takes traces again; 100 were dropped since the start']);
  });

  it('holds a bounded number of traces for a collector that does not answer', () => {
    const exporter = createExporter({ OTEL_EXPORTER_OTLP_TIMEOUT: '4000' });
    collector.status = null;
    for (let n = 0; n < 3_000; n++) exportOne(exporter);
    expect(exporter.droppedCount).toBe(3_000 - 2_048);
  });

  it('sends what is queued at shutdown, and nothing afterwards', async () => {
    const exporter = createExporter({ OTEL_BSP_SCHEDULE_DELAY: '3600000' });
    for (let n = 0; n < 50; n++) exportOne(exporter);
    await exporter.onApplicationShutdown();
    exportOne(exporter);
    await exporter.flush();
    expect(collector.requests).toHaveLength(50);
  });

  it('does not hold up a shutdown for a collector that does not answer', async () => {
    const exporter = createExporter({ OTEL_EXPORTER_OTLP_TIMEOUT: '4000' });
    collector.status = null;
    exportOne(exporter);
    const startedMs = performance.now();
    await exporter.onApplicationShutdown();
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });
});

/** Loads TypeScript sources by their `.js` names, and prints every package of OpenTelemetry that is imported. */
function renderImporter(variables: OtelVariables): string {
  return `
import { registerHooks } from 'node:module';
const loaded = new Set();
registerHooks({ resolve(specifier, context, next) {
  if (specifier.startsWith('@opentelemetry/')) loaded.add(specifier);
  const isSource = specifier.startsWith('.') && specifier.endsWith('.js') && !context.parentURL?.includes('node_modules');
  return next(isSource ? specifier.slice(0, -3) + '.ts' : specifier, context);
} });
const { createTraceExporter } = await import('${new URL('create-trace-exporter.ts', import.meta.url).href}');
const exporter = await createTraceExporter(${JSON.stringify(variables)});
console.log(JSON.stringify([exporter.constructor.name, [...loaded].includes('@opentelemetry/exporter-trace-otlp-http'), loaded.size]));`;
}

describe('createTraceExporter', () => {
  async function importWith(variables: OtelVariables): Promise<unknown> {
    const run = promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', renderImporter(variables)],
      {
        cwd: fileURLToPath(new URL('.', import.meta.url)),
      },
    );
    return JSON.parse((await run).stdout);
  }

  it('loads no package of OpenTelemetry while nothing is exported', async () => {
    expect(await importWith({ OTEL_SERVICE_NAME: 'gateway' })).toEqual(['NoTraceExporter', false, 0]);
  });

  it('loads them when a collector is named', async () => {
    const [name, isLoaded] = (await importWith({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })) as unknown[];
    expect([name, isLoaded]).toEqual(['OtelTraceExporter', true]);
  });
});
