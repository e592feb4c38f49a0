import { findForcedReason } from './decide-sampling.js';
import type { PipelineTraceRecord } from './pipeline-trace.js';

const trace = (status: number, errorCode: string | null, attempts = 1): PipelineTraceRecord =>
  ({ status, errorCode, attempts: Array.from({ length: attempts }) }) as PipelineTraceRecord;

describe('findForcedReason', () => {
  it.each([
    ['a stream that its upstream broke', 200, 'upstream_error', 'error'],
    ['a stream whose upstream fell silent', 200, 'upstream_timeout', 'error'],
    ['providers that are all rate limited', 429, 'upstream_rate_limited', 'error'],
    ['a failure', 502, 'upstream_error', 'error'],
    ['a ledger that cannot be written', 503, 'ledger_unavailable', 'error'],
    ['a wrong key', 401, 'invalid_api_key', 'client-error'],
    ['a limit', 429, 'rate_limit_exceeded', 'client-error'],
    ['a request that the provider rejected', 422, 'upstream_rejected', 'client-error'],
    ['a client that left its stream', 200, 'client_closed_request', 'client-error'],
    ['a block on a stream', 200, 'policy_violation', 'block'],
  ])('keeps %s (%i, %s) as %s', (_case, status, errorCode, reason) => {
    expect(findForcedReason(trace(status, errorCode))).toBe(reason);
  });

  it('keeps an answer that needed a second attempt as failover, and leaves an ordinary one to the sample', () => {
    expect(findForcedReason(trace(200, null, 2))).toBe('failover');
    expect(findForcedReason(trace(200, null))).toBeNull();
  });
});
