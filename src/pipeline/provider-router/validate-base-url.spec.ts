import { validateBaseUrl } from './validate-base-url.js';

describe('validateBaseUrl', () => {
  it.each([
    ['https://api.openai.com/v1', 'https://api.openai.com', '/v1'],
    ['http://localhost:1234', 'http://localhost:1234', ''],
    ['https://host/a/b//', 'https://host', '/a/b'],
  ])('takes %s', (baseUrl, origin, basePath) =>
    expect(validateBaseUrl(baseUrl)).toEqual({ ok: true, url: { origin, basePath } }),
  );

  it.each([
    '',
    'api.openai.com',
    'ftp://host',
    'file:///etc/passwd',
    'https://user:pw@host',
    'https://user@host',
    'https://host?',
    'https://host/?a=1',
    'https://host/#x',
    'https://host#',
  ])('refuses "%s"', (baseUrl) => expect(validateBaseUrl(baseUrl).ok).toBe(false));
});
