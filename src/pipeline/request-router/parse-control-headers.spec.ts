import { GatewayError } from '../../errors/gateway-error.js';
import { parseControlHeaders } from './parse-control-headers.js';

describe('parseControlHeaders', () => {
  it('reads what was sent and leaves the rest open', () => {
    expect(parseControlHeaders({})).toEqual({ cacheMode: null, cacheTtlSeconds: null, timeoutMs: null });
    expect(
      parseControlHeaders({
        'x-tokenpak-cache': 'refresh',
        'x-tokenpak-cache-ttl': '0',
        'x-tokenpak-timeout-ms': '250',
      }),
    ).toEqual({ cacheMode: 'refresh', cacheTtlSeconds: 0, timeoutMs: 250 });
  });

  it.each(['off', 'exact', 'semantic', 'refresh'])('knows the cache mode %s', (mode) => {
    expect(parseControlHeaders({ 'x-tokenpak-cache': mode }).cacheMode).toBe(mode);
  });

  it('takes bounds that are too wide as the widest there is', () => {
    expect(parseControlHeaders({ 'x-tokenpak-timeout-ms': '999999999999' }).timeoutMs).toBe(3_600_000);
    expect(parseControlHeaders({ 'x-tokenpak-cache-ttl': '999999999999' }).cacheTtlSeconds).toBe(
      999_999_999_999,
    );
  });

  it.each([
    ['x-tokenpak-cache', 'bogus'],
    ['x-tokenpak-cache', 'OFF'],
    ['x-tokenpak-cache', 'off, off'],
    ['x-tokenpak-cache', ''],
    ['x-tokenpak-cache-ttl', '-1'],
    ['x-tokenpak-cache-ttl', '1.5'],
    ['x-tokenpak-cache-ttl', '60s'],
    ['x-tokenpak-cache-ttl', ''],
    ['x-tokenpak-timeout-ms', 'abc'],
    ['x-tokenpak-timeout-ms', '0'],
    ['x-tokenpak-timeout-ms', '-5'],
    ['x-tokenpak-timeout-ms', '1e3'],
    ['x-tokenpak-timeout-ms', '9'.repeat(16)],
  ])('refuses %s: %j by name', (name, value) => {
    const parse = (): unknown => parseControlHeaders({ [name]: value });
    expect(parse).toThrow(GatewayError);
    expect(parse).toThrow(expect.objectContaining({ code: 'invalid_request', status: 400, param: name }));
  });
});
