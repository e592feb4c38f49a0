import { once } from 'node:events';
import type { Cluster, Redis } from 'ioredis';
import { ManualClock } from '../../common/clock.port.js';
import { createId } from '../../common/ids.js';
import { connectRedis } from '../../pipeline/rate-limiter/testing/connect-redis.js';
import { eventually } from '../../pipeline/rate-limiter/testing/eventually.js';
import type { RedisConnection } from '../../storage/redis/redis-client.js';
import type { PipelineTraceRecord } from './pipeline-trace.js';
import { RedisRemoteTraces } from './redis-remote-traces.js';
import { PipelineTrace, toTraceRecord } from './trace-builder.js';
import { MAX_MESSAGE_LENGTH, parseTraceQuestion, type TraceQuestion } from './trace-message.js';
import { TraceRing } from './trace-ring.js';

const QUESTIONS = 'tokenpak:traces:questions';
const DEADLINE_MS = 300;

interface Process {
  ring: TraceRing;
  remote: RedisRemoteTraces;
  errors: unknown[];
  subscriber: Redis | Cluster;
}

let redis: RedisConnection;
let opened: RedisRemoteTraces[];

beforeAll(async () => {
  redis = await connectRedis();
});
afterAll(() => redis.close());
beforeEach(() => {
  opened = [];
});
afterEach(async () => {
  for (const remote of opened) await remote.close();
});

async function open(commands: Redis | Cluster = redis.commands): Promise<Process> {
  const ring = new TraceRing({ ringSize: 100 });
  const errors: unknown[] = [];
  const subscriber = redis.createSubscriber();
  const onError = (error: unknown) => errors.push(error);
  const remote = new RedisRemoteTraces({ commands, subscriber, ring, onError, deadlineMs: DEADLINE_MS });
  opened.push(remote);
  await once(subscriber, 'ready');
  // Answered after the subscription that the process itself has asked for.
  await subscriber.subscribe(QUESTIONS);
  return { ring, remote, errors, subscriber };
}

function record({ ring }: Process, tenantId: string | null, traceparent?: string): PipelineTraceRecord {
  const trace = new PipelineTrace({ id: createId(), clock: new ManualClock(Date.now()), traceparent });
  trace.logStage('authentication', 'ran', { source: 'memory' });
  ring.record(
    trace.endTrace({
      tenantId,
      keyId: createId(),
      clientRequestId: 'c',
      route: 'chat-completions',
      model: 'm',
      provider: 'p',
      status: 200,
      errorCode: null,
      firedRules: ['a/b'],
      method: 'POST',
      streamed: false,
      cacheOutcome: 'miss',
      usage: null,
      costNanoUsd: null,
    }),
  );
  return toTraceRecord(trace);
}

/** Answers each question as told, as anybody on the same Redis could. */
async function forge(render: (question: TraceQuestion) => string[]): Promise<() => void> {
  const listener = redis.createSubscriber();
  await once(listener, 'ready');
  await listener.subscribe(QUESTIONS);
  listener.on('message', (_channel, text) => {
    const question = parseTraceQuestion(text);
    if (question === null) return;
    for (const answer of render(question))
      void redis.commands.publish(`tokenpak:traces:answers:${question.sender}`, answer);
  });
  return () => listener.disconnect();
}

it('finds a trace that another process has, by request id and by W3C trace id, with all its members', async () => {
  const [here, there, tenantId] = [await open(), await open(), createId()];
  await open();
  const plain = record(there, tenantId);
  const traceId = createId().replaceAll('-', '');
  const traced = record(there, tenantId, `00-${traceId}-00f067aa0ba902b7-01`);
  expect(await here.remote.find({ id: plain.id, tenantId })).toEqual(plain);
  expect(await here.remote.find({ id: plain.id, tenantId: null })).toEqual(plain);
  expect(await here.remote.find({ id: plain.traceId, tenantId })).toEqual(plain);
  expect(await here.remote.find({ id: traceId, tenantId })).toEqual(traced);
});

it("finds a tenant's own trace among several of one W3C trace id", async () => {
  const [here, there, another] = [await open(), await open(), await open()];
  const traceId = createId().replaceAll('-', '');
  const [mine, theirs] = [createId(), createId()];
  const own = record(there, mine, `00-${traceId}-00f067aa0ba902b7-01`);
  for (const process of [there, another]) record(process, theirs, `00-${traceId}-00f067aa0ba902b7-01`);
  expect(await here.remote.find({ id: traceId, tenantId: mine })).toEqual(own);
});

it("waits as long for another tenant's trace as for a missing one", async () => {
  const [here, there] = [await open(), await open()];
  const foreign = record(there, createId());
  for (const id of [foreign.id, foreign.traceId, createId()]) {
    const startMs = performance.now();
    expect(await here.remote.find({ id, tenantId: createId() })).toBeNull();
    expect(performance.now() - startMs).toBeGreaterThan(DEADLINE_MS - 20);
  }
});

it.each<[string, (question: TraceQuestion, trace: PipelineTraceRecord) => string[]]>([
  ['that is no JSON', () => ['', 'nonsense', '{', '[]', 'null', '"x"']],
  ['without a trace', ({ correlation }) => [JSON.stringify({ correlation })]],
  [
    "with another tenant's trace",
    ({ correlation }, trace) => [
      JSON.stringify({ correlation, trace: { ...trace, tenantId: createId() } }),
      JSON.stringify({ correlation, trace: { ...trace, tenantId: null } }),
    ],
  ],
  [
    'with another trace',
    ({ correlation }, trace) => [
      JSON.stringify({ correlation, trace: { ...trace, id: createId(), traceId: 'a'.repeat(32) } }),
    ],
  ],
  ['to another question', (_, trace) => [JSON.stringify({ correlation: createId(), trace })]],
  [
    'with members of other types',
    ({ correlation }, trace) => [
      JSON.stringify({ correlation, trace: { ...trace, stages: 'all' } }),
      JSON.stringify({ correlation, trace: { ...trace, status: '200' } }),
      JSON.stringify({ correlation, trace: { ...trace, attempts: [{}] } }),
    ],
  ],
  [
    'that is too large',
    ({ correlation }, trace) => [
      JSON.stringify({ correlation, trace: { ...trace, firedRules: ['x'.repeat(MAX_MESSAGE_LENGTH)] } }),
    ],
  ],
])('ignores an answer %s, and goes on waiting for the right one', async (_, render) => {
  const here = await open();
  const tenantId = createId();
  const trace = record({ ...here, ring: new TraceRing({ ringSize: 1 }) }, tenantId);
  const right = (question: TraceQuestion) => JSON.stringify({ correlation: question.correlation, trace });
  const stopWrong = await forge((question) => render(question, trace));
  expect(await here.remote.find({ id: trace.id, tenantId })).toBeNull();
  stopWrong();
  const stopBoth = await forge((question) => [...render(question, trace), right(question)]);
  expect(await here.remote.find({ id: trace.id, tenantId })).toEqual(trace);
  stopBoth();
});

it('ignores questions that are none, and answers those that are', async () => {
  const [here, there, tenantId] = [await open(), await open(), createId()];
  const trace = record(there, tenantId);
  const question = { sender: createId(), correlation: createId(), id: trace.id, tenantId };
  for (const garbage of [
    '',
    'nonsense',
    'null',
    '[]',
    JSON.stringify({ ...question, sender: '*' }),
    JSON.stringify({ ...question, id: 'x' }),
    JSON.stringify({ ...question, tenantId: 5 }),
    JSON.stringify({ ...question, padding: 'x'.repeat(1_000_000) }),
  ])
    await redis.commands.publish(QUESTIONS, garbage);
  expect(await here.remote.find({ id: trace.id, tenantId })).toEqual(trace);
  expect([...here.errors, ...there.errors]).toEqual([]);
});

it('does not answer with a trace that is larger than a message may be', async () => {
  const [here, there, tenantId] = [await open(), await open(), createId()];
  const trace = record(there, tenantId);
  there.ring.record({ ...trace, id: createId(), firedRules: ['x'.repeat(MAX_MESSAGE_LENGTH)] });
  const [large] = [...there.ring.newestFirst()];
  expect(await here.remote.find({ id: large?.id ?? '', tenantId })).toBeNull();
  expect(await here.remote.find({ id: trace.id, tenantId })).toEqual(trace);
});

it('searches for at most 20 W3C trace ids a second, and finds request ids all the same', async () => {
  const [here, there, tenantId] = [await open(), await open(), createId()];
  let searches = 0;
  const search = there.ring.newestFirst.bind(there.ring);
  there.ring.newestFirst = () => {
    searches += 1;
    return search();
  };
  const trace = record(there, tenantId);
  await Promise.all(
    Array.from({ length: 150 }, () => here.remote.find({ id: createId().replaceAll('-', ''), tenantId })),
  );
  // The questions may fall into two seconds.
  expect(searches).toBeGreaterThanOrEqual(20);
  expect(searches).toBeLessThanOrEqual(40);
  expect(await here.remote.find({ id: trace.id, tenantId })).toEqual(trace);
});

it('says that there is none at once while Redis cannot be reached, and finds it again afterwards', async () => {
  const [here, there, tenantId] = [await open(), await open(), createId()];
  const trace = record(there, tenantId);
  here.subscriber.disconnect();
  await once(here.subscriber, 'end');
  const startMs = performance.now();
  expect(await here.remote.find({ id: trace.id, tenantId })).toBeNull();
  expect(performance.now() - startMs).toBeLessThan(DEADLINE_MS / 2);
  await here.subscriber.connect();
  await eventually(() => here.remote.find({ id: trace.id, tenantId }));
});

it('says that there is none, and tells why, when the question cannot be sent', async () => {
  const broken = { isCluster: false, publish: () => Promise.reject(new Error('no Redis')) };
  const here = await open(broken as unknown as Redis);
  expect(await here.remote.find({ id: createId(), tenantId: null })).toBeNull();
  expect(here.errors).toEqual([expect.objectContaining({ message: 'no Redis' })]);
});

it.each([
  ['at once where nobody else listens', false],
  ['after the deadline in a cluster, whose nodes know only their own listeners', true],
])('says that there is none %s', async (_, isCluster) => {
  const alone = { isCluster, publish: () => Promise.resolve(1) };
  const here = await open(alone as unknown as Redis);
  const startMs = performance.now();
  expect(await here.remote.find({ id: createId(), tenantId: null })).toBeNull();
  expect(performance.now() - startMs >= DEADLINE_MS - 20).toBe(isCluster);
});

it('lets nobody wait when it is closed', async () => {
  const [here] = [await open(), await open()];
  const finding = here.remote.find({ id: createId(), tenantId: null });
  await here.remote.close();
  expect(await finding).toBeNull();
});
