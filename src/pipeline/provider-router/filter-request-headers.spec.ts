import { filterRequestHeaders } from './filter-request-headers.js';

describe('filterRequestHeaders', () => {
  it('passes the allow-list and nothing else', () => {
    const allowed = {
      'content-type': 'application/json',
      accept: '*/*',
      'user-agent': 'x',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'a',
      'openai-beta': 'b',
      'idempotency-key': 'c',
      'x-stainless-lang': 'js',
    };
    const others = Object.fromEntries(
      [
        'authorization',
        'x-api-key',
        'x-goog-api-key',
        'cookie',
        'openai-organization',
        'x-forwarded-for',
        'x-real-ip',
        'host',
        'x-tokenpak-tags',
        'content-length',
        'accept-encoding',
        'connection',
        'traceparent',
      ].map((name) => [name, 'x']),
    );
    expect(filterRequestHeaders({ ...others, ...allowed })).toEqual(allowed);
  });
});
