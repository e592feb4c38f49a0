import { DEFAULT_TIMEOUTS } from '../../tenancy/defaults.js';
import { resolveTimeouts } from './resolve-timeouts.js';
import type { Candidate } from './upstream-execution.js';

describe('resolveTimeouts', () => {
  const candidate = {
    provider: { timeouts: { ...DEFAULT_TIMEOUTS, firstByteMs: 1_000, totalMs: 9_000_000 } },
    deployment: { timeouts: { idleMs: 500 } },
  } as unknown as Candidate;

  it('takes the narrowest of process, provider, deployment and what is left of the request', () => {
    const expected = { connectMs: 5_000, firstByteMs: 1_000, idleMs: 500, totalMs: 900_000 };
    expect(resolveTimeouts(DEFAULT_TIMEOUTS, candidate, 900_000)).toEqual(expected);
    expect(resolveTimeouts(DEFAULT_TIMEOUTS, candidate, 700)).toEqual({ ...expected, totalMs: 700 });
    const own = { ...candidate, deployment: { timeouts: { idleMs: 500, totalMs: 600 } } } as Candidate;
    expect(resolveTimeouts(DEFAULT_TIMEOUTS, own, 700)).toEqual({ ...expected, totalMs: 600 });
  });
});
