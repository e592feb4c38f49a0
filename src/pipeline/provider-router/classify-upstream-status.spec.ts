import { classifyUpstreamStatus } from './classify-upstream-status.js';

describe('classifyUpstreamStatus', () => {
  it.each([
    [200, null, 'success'],
    [302, null, 'redirected'],
    [400, null, 'rejected'],
    [404, null, 'rejected'],
    [404, 'model_not_found', 'misconfigured'],
    [404, 'not_found_error', 'misconfigured'],
    [409, null, 'rejected'],
    [413, null, 'rejected'],
    [422, null, 'rejected'],
    [401, null, 'misconfigured'],
    [403, null, 'misconfigured'],
    [429, 'model_not_found', 'rate-limited'],
    [529, null, 'rate-limited'],
    [408, null, 'failed'],
    [500, null, 'failed'],
    [504, null, 'failed'],
  ])('%d with %s is %s', (status, code, verdict) =>
    expect(classifyUpstreamStatus(status, code)).toBe(verdict),
  );
});
