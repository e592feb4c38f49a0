import { filterResponseHeaders } from './filter-response-headers.js';

describe('filterResponseHeaders', () => {
  it('passes content type and processing time alone', () => {
    const headers = {
      'content-type': 'a',
      'openai-processing-ms': '5',
      'openai-organization': 'org',
      'set-cookie': 'c',
    };
    expect(filterResponseHeaders(headers)).toEqual({ 'content-type': 'a', 'openai-processing-ms': '5' });
  });
});
