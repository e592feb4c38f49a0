import { ManualClock } from '../../common/clock.port.js';
import { createId } from '../../common/ids.js';
import type { SqlClient } from '../../storage/database/sql-client.port.js';
import { createTestDatabase, type TestDatabase } from '../monitor/ledger.spec-support.js';
import { NoRemoteTraces } from './no-remote-traces.js';
import { NoTraceExporter } from './otel/no-trace-exporter.js';
import { ForcedSampleBudget, isInSample } from './decide-sampling.js';
import { parseTraceparent } from './parse-traceparent.js';
import { STAGES, type PipelineTraceRecord } from './pipeline-trace.js';
import { PipelineTrace, toTraceRecord, type TraceOutcome } from './trace-builder.js';
import type { TraceFilters } from './trace-filters.js';
import { DEFAULT_TRACE_OPTIONS, type TraceOptions } from './trace-options.js';
import { TraceRepository } from './trace.repository.js';
import { TraceRing } from './trace-ring.js';
import { TraceWriter } from './trace-writer.js';
import { TracingService } from './tracing.service.js';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

const OUTCOME: TraceOutcome = {
  tenantId: null,
  keyId: null,
  clientRequestId: null,
  route: 'chat-completions',
  model: 'gpt',
  provider: 'main',
  status: 200,
  errorCode: null,
  firedRules: [],
  method: 'POST',
  streamed: false,
  cacheOutcome: 'miss',
  usage: null,
  costNanoUsd: null,
};

const clock = new ManualClock(Date.now());

function startTrace(traceparent?: string): PipelineTrace {
  clock.advance(1);
  return new PipelineTrace({ id: createId(), clock, traceparent });
}

function endTrace(changes: Partial<TraceOutcome> = {}): PipelineTraceRecord {
  return startTrace().endTrace({ ...OUTCOME, ...changes });
}

describe('PipelineTrace', () => {
  it('lists every stage in order, with times for those that ran and reasons for those that did not', () => {
    const trace = startTrace();
    trace.beginStage('ip-throttle');
    clock.advance(2);
    trace.logStage('ip-throttle', 'ran', null);
    clock.advance(1);
    trace.beginStage('authentication');
    clock.advance(3);
    trace.logStage('authentication', 'ran', 'memory');
    trace.skipStage('validation-gate', 'no request policy applies');
    const { stages } = trace.endTrace(OUTCOME);
    expect(stages.map(({ stage }) => stage)).toEqual(STAGES);
    expect(stages[0]).toEqual({
      stage: 'ip-throttle',
      outcome: 'ran',
      startMs: 0,
      durationMs: 2,
      detail: null,
    });
    expect(stages[1]).toEqual({
      stage: 'authentication',
      outcome: 'ran',
      startMs: 3,
      durationMs: 3,
      detail: 'memory',
    });
    expect(stages[4]).toMatchObject({
      outcome: 'skipped',
      durationMs: 0,
      detail: 'no request policy applies',
    });
    expect(stages.every(({ outcome, detail }) => outcome !== 'skipped' || typeof detail === 'string')).toBe(
      true,
    );
  });

  it('says which stage refused to those that were never reached', () => {
    const trace = startTrace();
    trace.logStage('ip-throttle', 'ran', null);
    trace.beginStage('authentication');
    clock.advance(1);
    const { stages } = trace.endTrace({ ...OUTCOME, status: 401, errorCode: 'invalid_api_key' });
    expect(stages[1]).toMatchObject({ outcome: 'refused', durationMs: 1, detail: 'invalid_api_key' });
    expect(stages[5]).toMatchObject({ outcome: 'skipped', detail: 'refused earlier by authentication' });
  });

  it('marks the stage that stood open when the request failed', () => {
    const trace = startTrace();
    trace.beginStage('provider-router');
    trace.failOpenStage('upstream_error');
    const { stages } = trace.endTrace({ ...OUTCOME, status: 502, errorCode: 'upstream_error' });
    expect(stages[8]).toMatchObject({ outcome: 'failed', detail: 'upstream_error' });
    expect(stages[9]).toMatchObject({ detail: 'failed earlier in provider-router' });
  });

  it('gives the reason of the stage that made the others unnecessary', () => {
    const trace = startTrace();
    trace.skipRemaining('answered from the cache');
    const { stages } = trace.endTrace(OUTCOME);
    expect(stages[10]).toMatchObject({ outcome: 'skipped', detail: 'answered from the cache' });
  });

  it('gives that reason also when an earlier stage had refused and the answer came all the same', () => {
    const trace = startTrace();
    trace.logStage('rate-limiter', 'refused', 'budget_exceeded');
    trace.skipRemaining('answered from the cache');
    expect(trace.endTrace(OUTCOME).stages[10]).toMatchObject({ detail: 'answered from the cache' });
  });

  it('adds up the time of a stage that ran twice', () => {
    const trace = startTrace();
    for (const span of [5, 7]) {
      trace.beginStage('upstream');
      clock.advance(span);
      trace.logStage('upstream', 'ran', null);
      clock.advance(100);
    }
    expect(trace.endTrace(OUTCOME).stages[10]).toMatchObject({ durationMs: 12 });
  });

  it('does not keep a client that names a model of a megabyte', () => {
    expect(endTrace({ model: 'x'.repeat(1_000_000) }).model).toHaveLength(256);
  });
});

describe('parseTraceparent', () => {
  it('reads the ids and the flag', () => {
    expect(parseTraceparent(PARENT)).toEqual({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      parentId: '00f067aa0ba902b7',
      isSampled: true,
    });
  });

  it.each([
    ['', 'empty'],
    [PARENT.toUpperCase(), 'upper case'],
    [PARENT.replace(/^00/, 'ff'), 'version ff'],
    [`${PARENT}-more`, 'members that version 00 has not'],
    [PARENT.replace(/4bf92f3577b34da6a3ce929d0e0e4736/, '0'.repeat(32)), 'a zero trace id'],
    [PARENT.replace(/00f067aa0ba902b7/, '0'.repeat(16)), 'a zero parent id'],
    [PARENT.slice(0, -1), 'a short flag'],
  ])('ignores %j: %s', (header) => {
    expect(parseTraceparent(header)).toBeNull();
  });

  it('reads a later version by its common part', () => {
    expect(parseTraceparent(`${PARENT.replace(/^00/, '01')}-more`)?.traceId).toBe(
      '4bf92f3577b34da6a3ce929d0e0e4736',
    );
  });

  it('continues the trace of a client, and starts one for others', () => {
    expect(startTrace(PARENT).traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    const own = startTrace('nonsense');
    expect(own.traceId).toBe(own.id.replaceAll('-', ''));
  });
});

describe('TraceRing', () => {
  it('keeps the newest traces, finds them by id and lists them newest first', () => {
    const ring = new TraceRing({ ringSize: 3 });
    const traces = Array.from({ length: 5 }, () => endTrace());
    for (const trace of traces) ring.record(trace);
    expect([...ring.newestFirst()]).toEqual([traces[4], traces[3], traces[2]]);
    expect(ring.find(traces[2]?.id ?? '')).toBe(traces[2]);
    expect(ring.find(traces[1]?.id ?? '')).toBeNull();
    expect(ring.size).toBe(3);
  });
});

describe('sampling', () => {
  it('chooses the given share of ids, the same ones everywhere', () => {
    const ids = Array.from({ length: 20_000 }, () => createId());
    const chosen = ids.filter((id) => isInSample(id, 0.1));
    expect(Math.abs(chosen.length - 2_000)).toBeLessThan(250);
    expect(chosen.every((id) => isInSample(id, 0.2))).toBe(true);
    expect(ids.some((id) => isInSample(id, 0))).toBe(false);
    expect(ids.every((id) => isInSample(id, 1))).toBe(true);
  });

  it('admits so many of each kind a second, and a flood of one does not displace another', () => {
    const budget = new ForcedSampleBudget(2);
    expect([1, 2, 3].map(() => budget.take('client-error', 5_000))).toEqual([true, true, false]);
    expect(budget.take('error', 5_999)).toBe(true);
    expect(budget.take('client-error', 6_000)).toBe(true);
  });
});

describe('traces in PostgreSQL', () => {
  let database: TestDatabase;
  let tenantId: string;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(async () => {
    await database.drop();
  });

  beforeEach(() => {
    tenantId = createId();
  });

  interface Process {
    ring: TraceRing;
    writer: TraceWriter;
    tracing: TracingService;
    traces: TraceRepository;
  }

  function startProcess(changes: Partial<TraceOptions> = {}, sql: SqlClient = database.sql): Process {
    const options = { ...DEFAULT_TRACE_OPTIONS, sampleRatio: 0, flushIntervalMs: 3_600_000, ...changes };
    const ring = new TraceRing(options);
    const writer = new TraceWriter(options, sql, clock);
    return {
      ring,
      writer,
      tracing: new TracingService(ring, writer, new NoTraceExporter()),
      traces: new TraceRepository(ring, sql, new NoRemoteTraces()),
    };
  }

  function runRequest({ tracing }: Process, changes: Partial<TraceOutcome> = {}): PipelineTrace {
    const trace = startTrace();
    trace.logStage('authentication', 'ran', { source: 'memory' });
    tracing.endTrace(trace, { ...OUTCOME, tenantId, ...changes });
    return trace;
  }

  it('stores errors, blocks and failovers for every process, and ordinary requests by sample', async () => {
    const here = startProcess();
    const there = startProcess();
    const failed = runRequest(here, { status: 502, errorCode: 'upstream_error' });
    const blocked = runRequest(here, { status: 400, errorCode: 'policy_violation', firedRules: ['p1/card'] });
    const ordinary = runRequest(here);
    await here.writer.flush();
    expect(await there.traces.findTrace(failed.id, tenantId)).toEqual(toTraceRecord(failed));
    expect(await there.traces.findTrace(failed.traceId, tenantId)).toMatchObject({
      id: failed.id,
      sampledBy: 'error',
    });
    expect(await there.traces.findTrace(blocked.id, null)).toMatchObject({
      sampledBy: 'block',
      firedRules: ['p1/card'],
    });
    expect(await there.traces.findTrace(ordinary.id, tenantId)).toBeNull();
    expect(await here.traces.findTrace(ordinary.id, tenantId)).toMatchObject({ sampledBy: null });
  });

  it('hands every finished trace with its outcome to the exporter, whatever is stored', () => {
    const exported: unknown[] = [];
    const { ring, writer } = startProcess();
    const tracing = new TracingService(ring, writer, {
      droppedCount: 0,
      exportTrace: (trace, outcome) => exported.push([trace, outcome]),
    });
    const trace = startTrace();
    tracing.endTrace(trace, OUTCOME);
    expect(exported).toEqual([[trace, OUTCOME]]);
  });

  it('shows no trace to another tenant', async () => {
    const here = startProcess({ sampleRatio: 1 });
    const trace = runRequest(here);
    await here.writer.flush();
    const other = createId();
    for (const id of [trace.id, trace.traceId]) {
      expect(await here.traces.findTrace(id, other)).toBeNull();
      expect(await startProcess().traces.findTrace(id, other)).toBeNull();
    }
    expect((await here.traces.listTraces({ tenantId: other }, 10)).traces).toEqual([]);
    expect(await here.traces.findTrace(`' OR 1=1`, other)).toBeNull();
  });

  it('pages through ring and store together, newest first, each trace once', async () => {
    const there = startProcess({ sampleRatio: 1 });
    const here = startProcess({ sampleRatio: 1, ringSize: 10 });
    const all = Array.from({ length: 45 }, (_, n) => runRequest(n % 2 ? here : there).id).reverse();
    await there.writer.flush();
    await here.writer.flush();
    const seen: string[] = [];
    for (let page = await here.traces.listTraces({ tenantId }, 7); ;) {
      seen.push(...page.traces.map(({ id }) => id));
      if (page.nextCursor === null) break;
      page = await here.traces.listTraces({ tenantId }, 7, page.nextCursor);
    }
    expect(seen).toEqual(all);
  });

  it('filters ring and store alike', async () => {
    const here = startProcess({ sampleRatio: 1 });
    const outcomes: Partial<TraceOutcome>[] = [
      { model: 'a' },
      { provider: 'p' },
      { status: 429, errorCode: 'rate_limit_exceeded' },
      { firedRules: ['p1/card', 'p2/word'] },
    ];
    for (const outcome of outcomes) runRequest(here, outcome);
    const slow = startTrace();
    clock.advance(5_000);
    here.tracing.endTrace(slow, { ...OUTCOME, tenantId });
    await here.writer.flush();
    const filters: Omit<TraceFilters, 'tenantId'>[] = [
      { model: 'a' },
      { provider: 'p' },
      { status: 429 },
      { errorCode: 'rate_limit_exceeded' },
      { rule: 'p1' },
      { rule: 'p2/word' },
      { minDurationMs: 4_000 },
      { fromMs: slow.startedAtMs, toMs: slow.startedAtMs + 1 },
    ];
    for (const filter of filters) {
      const fromRing = await here.traces.listTraces({ tenantId, ...filter }, 10);
      const fromStore = await startProcess().traces.listTraces({ tenantId, ...filter }, 10);
      expect(fromRing.traces).toHaveLength(1);
      expect(fromStore.traces).toEqual(fromRing.traces);
    }
  });

  it('answers from the ring while PostgreSQL is down, and drops and counts what does not fit the queue', async () => {
    const down: SqlClient = {
      query: () => Promise.reject(new Error('connection refused')),
      transaction: () => Promise.reject(new Error('connection refused')),
    };
    const here = startProcess({ sampleRatio: 1, maxQueuedTraces: 3 }, down);
    const traces = Array.from({ length: 5 }, () => runRequest(here).id);
    await expect(here.writer.flush()).rejects.toThrow('connection refused');
    const page = await here.traces.listTraces({ tenantId }, 10);
    expect(page.traces.map(({ id }) => id)).toEqual(traces.reverse());
    expect(page.isStoreRead).toBe(false);
    expect(here.writer.droppedCount).toBe(2);
  });

  it('stores each trace once, and loses none, when it is flushed several times at once', async () => {
    const here = startProcess({ sampleRatio: 1 });
    const traces = Array.from({ length: 450 }, () => runRequest(here).id);
    const first = here.writer.flush();
    traces.push(runRequest(here).id);
    await Promise.all([first, here.writer.flush(), here.writer.flush()]);
    const page = await startProcess().traces.listTraces({ tenantId }, 1_000);
    expect(page.traces.map(({ id }) => id)).toEqual(traces.reverse());
  });

  it('stores text that PostgreSQL cannot hold as it is', async () => {
    const here = startProcess({ sampleRatio: 1 });
    const trace = startTrace();
    trace.logStage('upstream', 'ran', { reason: 'a\u0000b\ud800' });
    here.tracing.endTrace(trace, { ...OUTCOME, tenantId, model: 'm\u0000' });
    await here.writer.flush();
    const stored = await startProcess().traces.findTrace(trace.id, tenantId);
    expect(stored).toMatchObject({ model: 'm' });
    expect(stored?.stages[10]?.detail).toEqual({ reason: 'ab\ufffd' });
  });
});
