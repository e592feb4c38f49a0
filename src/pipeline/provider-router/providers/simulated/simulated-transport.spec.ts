import { jest } from '@jest/globals';
import { SystemClock } from '../../../../common/clock.port.js';
import type { DeploymentId, ProviderId } from '../../../../common/ids.js';
import type { UpstreamTimeouts } from '../../../../tenancy/config-snapshot.js';
import { type UpstreamCall, UpstreamFailure, type UpstreamRequest } from '../../upstream-transport.port.js';
import { SimulatedTransport } from './simulated-transport.js';

const TIMEOUTS: UpstreamTimeouts = { connectMs: 1_000, firstByteMs: 5_000, idleMs: 2_000, totalMs: 60_000 };

/** Keeps what a call said, in order. */
class Recorder {
  readonly log: string[] = [];
  text = '';
  chunks = 0;
  failure: UpstreamFailure | null = null;
  onChunk: () => void = () => undefined;

  onHead = (status: number): void => void this.log.push(`head ${status}`);
  onEnd = (): void => void this.log.push('end');
  onData = (chunk: Buffer): void => {
    this.text += chunk.toString('utf8');
    this.chunks += 1;
    this.onChunk();
  };
  onFailure = (failure: UpstreamFailure): void => {
    this.failure = failure;
    this.log.push(`failure ${failure.kind}`);
  };
}

function buildRequest(upstreamModel: string, stream: boolean, timeouts = TIMEOUTS): UpstreamRequest {
  return {
    provider: {
      id: 'p' as ProviderId,
      owner: 'platform',
      name: 'simulated',
      kind: 'simulated',
      baseUrl: '',
      apiKey: null,
      timeouts,
      breaker: {
        consecutiveFailures: 5,
        errorRatio: 0.5,
        minimumCalls: 10,
        windowSeconds: 10,
        slowCallMs: null,
        slowCallRatio: 0.5,
        openSeconds: 10,
        halfOpenSuccesses: 1,
      },
      settings: {},
    },
    deployment: {
      id: 'd' as DeploymentId,
      providerId: 'p' as ProviderId,
      upstreamModel,
      weight: 1,
      priority: 0,
      defaultMaxOutputTokens: null,
      price: null,
      streamUsage: true,
      timeouts: {},
    },
    path: '/chat/completions',
    headers: {},
    body: Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }], stream })),
    timeouts,
  };
}

describe('SimulatedTransport', () => {
  let transport: SimulatedTransport;
  let recorder: Recorder;

  beforeEach(() => {
    jest.useFakeTimers();
    transport = new SimulatedTransport(new SystemClock());
    recorder = new Recorder();
  });

  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    expect(transport.activeCalls).toBe(0);
    jest.useRealTimers();
  });

  const send = (model: string, stream: boolean, timeouts = TIMEOUTS): UpstreamCall =>
    transport.send(buildRequest(model, stream, timeouts), recorder);

  it('calls nothing back before send has returned', () => {
    send('simulated-1', false);
    expect(recorder.log).toEqual([]);
    jest.runAllTimers();
    expect(recorder.log).toEqual(['head 200', 'end']);
  });

  it('begins after the latency and keeps the tokens per second', () => {
    send('sim:latency=200:tps=10:tokens=100', true);
    jest.advanceTimersByTime(199);
    expect(recorder.log).toEqual([]);
    jest.advanceTimersByTime(1);
    expect([recorder.log, recorder.chunks]).toEqual([['head 200'], 1]);
    jest.advanceTimersByTime(1_000);
    expect(recorder.chunks).toBe(11);
    jest.runAllTimers();
    expect(recorder.log).toEqual(['head 200', 'end']);
    expect(recorder.text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('makes nothing while paused and leaves no timer, then goes on where it was', () => {
    const call = send('sim:tokens=1000', true);
    recorder.onChunk = () => {
      if (recorder.chunks === 7) call.pause();
    };
    jest.runAllTimers();
    expect(recorder.chunks).toBe(7);
    expect(jest.getTimerCount()).toBe(0);
    recorder.onChunk = () => undefined;
    call.resume();
    jest.runAllTimers();
    expect(recorder.text.match(/"content":" /g)).toHaveLength(999);
    expect(recorder.log).toEqual(['head 200', 'end']);
  });

  it('goes on when it is paused and resumed inside the same chunk', () => {
    const call = send('sim:tokens=50', true);
    recorder.onChunk = () => {
      call.pause();
      call.resume();
    };
    jest.runAllTimers();
    expect(recorder.log).toEqual(['head 200', 'end']);
  });

  it('says nothing more after an abort, before the head or inside a chunk', () => {
    send('sim:latency=50', true).abort();
    const call = send('sim:tokens=50', true);
    recorder.onChunk = () => call.abort();
    jest.runAllTimers();
    expect([recorder.log, recorder.chunks]).toEqual([['head 200'], 1]);
  });

  it('breaks the connection after a cut', () => {
    send('sim:cut=5', true);
    jest.runAllTimers();
    expect([recorder.chunks, recorder.log]).toEqual([5, ['head 200', 'failure reset']]);
    expect(recorder.failure).toBeInstanceOf(UpstreamFailure);
  });

  it.each<[string, string, number, string[]]>([
    ['a stall from the start', 'sim:stall', 5_000, ['failure timeout-first-byte']],
    ['a latency beyond the first byte timeout', 'sim:latency=6000', 5_000, ['failure timeout-first-byte']],
    ['a stall inside the stream', 'sim:stall=3', 2_000, ['head 200', 'failure timeout-idle']],
    ['a pace slower than the idle timeout', 'sim:tps=0.4', 2_000, ['head 200', 'failure timeout-idle']],
  ])('keeps the timeouts of a connection: %s', (_name, model, atMs, log) => {
    send(model, true);
    jest.advanceTimersByTime(atMs - 1);
    expect(recorder.failure).toBeNull();
    jest.advanceTimersByTime(1);
    expect(recorder.log).toEqual(log);
  });

  it('ends a long stream at the total timeout', () => {
    send('sim:tps=1:tokens=1000', true);
    jest.advanceTimersByTime(60_000);
    expect(recorder.log).toEqual(['head 200', 'failure timeout-total']);
  });

  it('breaks what is running when it is closed', async () => {
    send('sim:stall', true);
    await transport.close();
    expect(recorder.log).toEqual(['failure reset']);
  });
});
