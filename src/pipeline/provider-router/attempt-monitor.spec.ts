import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ManualClock } from '../../common/clock.port.js';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import { AttemptMonitor } from './attempt-monitor.js';
import type { Candidate } from './upstream-execution.js';
import { UpstreamFailure } from './upstream-transport.port.js';

const candidate = (id: string): Candidate =>
  ({
    deployment: { id, upstreamModel: 'gpt' },
    provider: { name: 'main', apiKey: 'sk-secret' },
  }) as unknown as Candidate;

describe('AttemptMonitor', () => {
  const setUp = () => {
    const clock = new ManualClock();
    const metrics = new MetricsService();
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    return { clock, metrics, warn, monitor: new AttemptMonitor(metrics, clock) };
  };

  afterEach(() => jest.restoreAllMocks());

  it('counts calls by provider and outcome', async () => {
    const { monitor, metrics, warn } = setUp();
    monitor.recordAttempt(candidate('a'), 'success', null);
    monitor.recordAttempt(candidate('b'), 'success', null);
    monitor.recordAttempt(candidate('a'), 'timeout', 'timeout-first-byte');
    const lines = (await metrics.renderMetrics()).match(/^tokenpak_upstream_attempts_total.*$/gm);
    expect(lines).toEqual([
      'tokenpak_upstream_attempts_total{provider="main",outcome="success"} 2',
      'tokenpak_upstream_attempts_total{provider="main",outcome="timeout"} 1',
    ]);
    expect(warn).not.toHaveBeenCalled();
  });

  it('keeps the address that a call broke at for the log', () => {
    const { monitor, warn } = setUp();
    const debug = jest.spyOn(Logger.prototype, 'debug').mockImplementation(() => undefined);
    const refused = new UpstreamFailure('connect', 'connect ECONNREFUSED 10.1.2.3:443');
    monitor.recordAttempt(candidate('a'), 'broken', 'connect', refused);
    expect(debug.mock.calls).toMatchObject([[{ deploymentId: 'a', cause: refused.message }]]);
    const forbidden = new UpstreamFailure('address-refused', 'x stands for 10.1.2.3');
    monitor.recordAttempt(candidate('b'), 'misconfigured', 'address-refused', forbidden);
    expect(warn.mock.calls).toMatchObject([[{ deploymentId: 'b', cause: forbidden.message }]]);
  });

  it('keeps the number of provider names bounded', async () => {
    const { monitor, metrics } = setUp();
    for (let n = 0; n < 500; n++) {
      const named = { ...candidate('a'), provider: { name: `p${n}` } } as unknown as Candidate;
      monitor.recordAttempt(named, 'success', null);
    }
    const lines = (await metrics.renderMetrics()).match(/^tokenpak_upstream_attempts_total.*$/gm);
    expect(lines).toHaveLength(201);
    expect(lines?.at(-1)).toBe('tokenpak_upstream_attempts_total{provider="other",outcome="success"} 300');
  });

  it('warns of a wrong configuration once per deployment and five minutes, with how often it kept silent', () => {
    const { monitor, clock, warn } = setUp();
    const fail = (id: string): void =>
      monitor.recordAttempt(candidate(id), 'misconfigured', 'status 401 (invalid_api_key)');
    for (let n = 0; n < 3; n++) fail('a');
    fail('b');
    clock.advance(5 * 60_000);
    fail('a');
    expect(warn.mock.calls.map(([entry]) => entry)).toMatchObject([
      {
        code: 'upstream_misconfigured',
        provider: 'main',
        deploymentId: 'a',
        upstreamModel: 'gpt',
        reason: 'status 401 (invalid_api_key)',
        silencedSinceLast: 0,
      },
      { deploymentId: 'b', silencedSinceLast: 0 },
      { deploymentId: 'a', silencedSinceLast: 2 },
    ]);
    expect(JSON.stringify(warn.mock.calls)).not.toContain('sk-secret');
  });
});
