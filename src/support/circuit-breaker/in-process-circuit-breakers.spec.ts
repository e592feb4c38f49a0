import fc from 'fast-check';
import { ManualClock } from '../../common/clock.port.js';
import type { DeploymentId } from '../../common/ids.js';
import type { BreakerSettings } from '../../tenancy/config-snapshot.js';
import { DEFAULT_BREAKER } from '../../tenancy/defaults.js';
import type { BreakerPermit } from './circuit-breaker.port.js';
import { InProcessCircuitBreakers } from './in-process-circuit-breakers.js';

const DEPLOYMENT = 'deployment' as DeploymentId;
const SETTINGS: BreakerSettings = {
  ...DEFAULT_BREAKER,
  consecutiveFailures: 3,
  openSeconds: 10,
  halfOpenSuccesses: 2,
};

class Setup {
  readonly clock = new ManualClock();
  readonly breakers = new InProcessCircuitBreakers(this.clock);

  constructor(readonly settings: BreakerSettings = SETTINGS) {}

  tryAcquire(): BreakerPermit | null {
    return this.breakers.tryAcquire(DEPLOYMENT, this.settings);
  }

  acquire(): BreakerPermit {
    const permit = this.tryAcquire();
    if (permit === null) throw new Error('not admitted');
    return permit;
  }

  fail(times: number): void {
    for (let count = 0; count < times; count++) this.acquire().recordFailure('status 500');
  }

  succeed(times: number, firstByteMs = 10): void {
    for (let count = 0; count < times; count++) this.acquire().recordSuccess(firstByteMs);
  }

  get state(): string {
    return this.breakers.listStatus()[0]?.breaker.state ?? 'unknown';
  }
}

describe('InProcessCircuitBreakers', () => {
  it('opens on the third of three failures in a row, a lone deployment too', () => {
    const setup = new Setup();
    setup.fail(2);
    setup.succeed(1);
    setup.fail(2);
    expect(setup.state).toBe('closed');
    setup.fail(1);
    expect(setup.tryAcquire()).toBeNull();
    expect(setup.breakers.retryAfterMs(DEPLOYMENT)).toBe(10_000);
  });

  it('opens on the error ratio only from the minimum of calls on', () => {
    const setup = new Setup({ ...SETTINGS, consecutiveFailures: 100, minimumCalls: 10, errorRatio: 0.5 });
    for (let pair = 0; pair < 4; pair++) {
      setup.succeed(1);
      setup.fail(1);
    }
    setup.succeed(1);
    expect(setup.state).toBe('closed');
    setup.fail(1);
    expect(setup.state).toBe('open');
  });

  it('forgets failures that left the window', () => {
    const setup = new Setup({
      ...SETTINGS,
      consecutiveFailures: 100,
      minimumCalls: 10,
      errorRatio: 0.5,
      windowSeconds: 30,
    });
    setup.fail(9);
    setup.clock.advance(30_001);
    setup.succeed(5);
    setup.fail(1);
    expect(setup.breakers.listStatus()[0]).toMatchObject({
      calls: 6,
      failures: 1,
      breaker: { state: 'closed' },
    });
  });

  it('tells of one deployment what the list tells, and nothing of one that was never called', () => {
    const setup = new Setup();
    setup.fail(3);
    setup.breakers.coolDown('other' as DeploymentId, 5_000);
    const listed = setup.breakers.listStatus();
    expect(listed.map(({ deploymentId }) => deploymentId)).toEqual([DEPLOYMENT, 'other']);
    for (const status of listed) expect(setup.breakers.findStatus(status.deploymentId)).toEqual(status);
    expect(setup.breakers.findStatus('never-called' as DeploymentId)).toBeNull();
  });

  it('opens when too many calls are slow to their first byte', () => {
    const setup = new Setup({ ...SETTINGS, minimumCalls: 5, slowCallMs: 1_000, slowCallRatio: 0.8 });
    setup.succeed(1);
    setup.succeed(3, 1_001);
    expect(setup.state).toBe('closed');
    setup.succeed(1, 5_000);
    expect(setup.state).toBe('open');
  });

  it('admits single probes after the open time and closes after enough of them succeeded', () => {
    const setup = new Setup();
    setup.fail(3);
    setup.clock.advance(9_999);
    expect(setup.tryAcquire()).toBeNull();
    setup.clock.advance(1);
    const probe = setup.acquire();
    expect(probe.probe).toBe(true);
    expect(setup.tryAcquire()).toBeNull();
    expect(setup.breakers.isProviderHealthy(DEPLOYMENT)).toBe(false);
    probe.recordSuccess(10);
    expect(setup.state).toBe('half-open');
    setup.acquire().recordSuccess(10);
    expect(setup.state).toBe('closed');
  });

  it('doubles the open time with each failed probe, up to eight times', () => {
    const setup = new Setup();
    setup.fail(3);
    const waits = [10_000, 20_000, 40_000, 80_000, 80_000].map((expectedMs) => {
      expect(setup.breakers.retryAfterMs(DEPLOYMENT)).toBe(expectedMs);
      setup.clock.advance(expectedMs);
      setup.fail(1);
      return setup.state;
    });
    expect(new Set(waits)).toEqual(new Set(['open']));
  });

  it('starts from the plain open time again after it was closed', () => {
    const setup = new Setup();
    setup.fail(3);
    setup.clock.advance(10_000);
    setup.fail(1);
    setup.clock.advance(20_000);
    setup.succeed(2);
    setup.fail(3);
    expect(setup.breakers.retryAfterMs(DEPLOYMENT)).toBe(10_000);
  });

  it('admits another probe when one was released without an outcome', () => {
    const setup = new Setup();
    setup.fail(3);
    setup.clock.advance(10_000);
    setup.acquire().release();
    expect(setup.acquire().probe).toBe(true);
  });

  describe('a probe whose stream has begun', () => {
    const beginProbe = (settings = SETTINGS): { setup: Setup; probe: BreakerPermit } => {
      const setup = new Setup(settings);
      setup.fail(3);
      setup.clock.advance(10_000);
      const probe = setup.acquire();
      probe.recordOpened(10);
      return { setup, probe };
    };

    it('lets the next probe go, and its own good end is no second success', () => {
      const { setup, probe } = beginProbe();
      expect(setup.state).toBe('half-open');
      probe.recordSuccess(10);
      expect(setup.state).toBe('half-open');
      setup.succeed(1);
      expect(setup.state).toBe('closed');
    });

    it('opens again when it breaks before the breaker has closed, with the doubled time', () => {
      const { setup, probe } = beginProbe();
      const other = setup.acquire();
      probe.recordFailure('reset');
      expect(setup.breakers.retryAfterMs(DEPLOYMENT)).toBe(20_000);
      other.recordSuccess(10);
      expect(setup.state).toBe('open');
    });

    it('does not give another one’s place away when it is released', () => {
      const { setup, probe } = beginProbe();
      setup.acquire();
      probe.release();
      expect(setup.tryAcquire()).toBeNull();
    });

    it('counts as one ordinary call once the breaker has closed', () => {
      const failed = beginProbe({ ...SETTINGS, halfOpenSuccesses: 1 });
      failed.probe.recordFailure('reset');
      expect(failed.setup.breakers.listStatus()[0]).toMatchObject({
        calls: 1,
        failures: 1,
        breaker: { state: 'closed' },
      });
      failed.setup.fail(2);
      expect(failed.setup.state).toBe('open');
      const good = beginProbe({ ...SETTINGS, halfOpenSuccesses: 1 });
      good.probe.recordSuccess(10);
      expect(good.setup.breakers.listStatus()[0]).toMatchObject({ calls: 1, failures: 0 });
    });

    it('changes nothing when it was slow', () => {
      const { setup, probe } = beginProbe({ ...SETTINGS, slowCallMs: 5 });
      expect(setup.state).toBe('open');
      const before = setup.breakers.listStatus();
      probe.recordFailure('reset');
      expect(setup.breakers.listStatus()).toEqual(before);
    });
  });

  it('counts no released call', () => {
    const setup = new Setup();
    for (let count = 0; count < 50; count++) setup.acquire().release();
    expect(setup.breakers.listStatus()[0]).toMatchObject({
      calls: 0,
      failures: 0,
      breaker: { state: 'closed' },
    });
  });

  it('counts a permit that is settled twice once', () => {
    const setup = new Setup();
    const permit = setup.acquire();
    for (let count = 0; count < 5; count++) permit.recordFailure('status 500');
    permit.release();
    expect(setup.breakers.listStatus()[0]).toMatchObject({
      calls: 1,
      failures: 1,
      breaker: { state: 'closed' },
    });
  });

  it('ignores outcomes of calls admitted before it opened', () => {
    const setup = new Setup();
    const early = setup.acquire();
    const earlier = setup.acquire();
    setup.fail(3);
    setup.clock.advance(10_000);
    const probe = setup.acquire();
    early.recordSuccess(10);
    earlier.recordFailure('reset');
    expect(setup.state).toBe('half-open');
    expect(setup.tryAcquire()).toBeNull();
    probe.recordSuccess(10);
    expect(setup.state).toBe('half-open');
  });

  it('refuses calls during a cooldown without counting a failure', () => {
    const setup = new Setup();
    setup.acquire().release();
    setup.breakers.coolDown(DEPLOYMENT, 7_000);
    expect(setup.tryAcquire()).toBeNull();
    expect(setup.breakers.retryAfterMs(DEPLOYMENT)).toBe(7_000);
    expect(setup.breakers.listStatus()[0]).toMatchObject({ failures: 0, breaker: { state: 'closed' } });
    setup.breakers.coolDown(DEPLOYMENT, 1_000);
    setup.clock.advance(6_999);
    expect(setup.tryAcquire()).toBeNull();
    setup.clock.advance(1);
    expect(setup.tryAcquire()).not.toBeNull();
  });

  it('asks again after an hour however long a provider wants to be left alone', () => {
    const setup = new Setup();
    setup.breakers.coolDown(DEPLOYMENT, 86_400_000);
    expect(setup.breakers.retryAfterMs(DEPLOYMENT)).toBe(3_600_000);
  });

  it('neither stays open nor cools down for the hours by which the clock was set back', () => {
    const setup = new Setup();
    setup.fail(3);
    setup.breakers.coolDown(DEPLOYMENT, 5_000);
    setup.clock.advance(-7_200_000);
    expect(setup.breakers.retryAfterMs(DEPLOYMENT)).toBe(0);
    expect(setup.acquire().probe).toBe(true);
    setup.breakers.coolDown(DEPLOYMENT, 5_000);
    expect(setup.breakers.retryAfterMs(DEPLOYMENT)).toBe(5_000);
  });

  it('holds its promises under every sequence of calls, outcomes and waits', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant({ kind: 'acquire' as const }) },
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constantFrom('success' as const, 'failure' as const, 'release' as const, 'open' as const),
          index: fc.nat(20),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 30_000 }) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('cool' as const), ms: fc.integer({ min: 0, max: 5_000 }) }),
      },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const setup = new Setup({ ...SETTINGS, minimumCalls: 5 });
        const permits: { permit: BreakerPermit; isSettled: boolean }[] = [];
        let probesOut = new Set<BreakerPermit>();
        let released = 0;
        for (const current of steps) {
          const before = setup.breakers.listStatus()[0];
          if (current.kind === 'wait') setup.clock.advance(current.ms);
          else if (current.kind === 'cool') setup.breakers.coolDown(DEPLOYMENT, current.ms);
          else if (current.kind === 'acquire') {
            const wasHealthy = setup.breakers.isProviderHealthy(DEPLOYMENT);
            const permit = setup.tryAcquire();
            expect(permit !== null).toBe(wasHealthy);
            if (permit === null) continue;
            if (before?.breaker.state === 'open') {
              expect(setup.clock.nowMs()).toBeGreaterThanOrEqual(before.breaker.untilMs);
            }
            expect(before?.cooldownUntilMs ?? 0).toBeLessThanOrEqual(setup.clock.nowMs());
            // A probe of an earlier half-open phase is forgotten once the breaker opened again.
            if (before?.breaker.state !== 'half-open') probesOut = new Set();
            if (permit.probe) probesOut.add(permit);
            expect(probesOut.size).toBeLessThanOrEqual(1);
            permits.push({ permit, isSettled: false });
          } else {
            const chosen = permits[current.index % Math.max(1, permits.length)];
            if (chosen === undefined) continue;
            if (current.kind === 'success') chosen.permit.recordSuccess(5);
            else if (current.kind === 'failure') chosen.permit.recordFailure('x');
            else if (current.kind === 'open') chosen.permit.recordOpened(5);
            else chosen.permit.release();
            const after = setup.breakers.listStatus()[0];
            // Only an outcome that was not told before may change anything, and a release counts nothing.
            if (chosen.isSettled) expect(after).toEqual(before);
            else if (current.kind === 'release') {
              released += 1;
              expect(after?.calls).toBe(before?.calls);
            }
            if (current.kind !== 'open') chosen.isSettled = true;
            probesOut.delete(chosen.permit);
          }
        }
        expect(released).toBeLessThanOrEqual(permits.length);
      }),
      { numRuns: 500 },
    );
  });
});
