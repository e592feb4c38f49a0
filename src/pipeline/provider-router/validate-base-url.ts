export interface UpstreamOrigin {
  /** `https://api.openai.com`, as undici names pools. */
  origin: string;
  /** Path prefix without a slash at the end; may be empty. */
  basePath: string;
}

export type BaseUrlCheck = { ok: true; url: UpstreamOrigin } | { ok: false; reason: string };

/**
 * Checks a provider's base URL: http or https, a host, no user or password, no query, no fragment. The address behind the
 * host is checked at every connect, not here (names change their addresses).
 */
export function validateBaseUrl(baseUrl: string): BaseUrlCheck {
  const url = URL.parse(baseUrl);
  if (url === null) return refuse('is not an absolute URL');
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return refuse('must begin with http:// or https://');
  if (url.username !== '' || url.password !== '') return refuse('must not contain a user or password');
  // An empty query or fragment is dropped by the parser, yet its mark would end up in the middle of the path.
  if (baseUrl.includes('?') || baseUrl.includes('#')) return refuse('must not contain a query or fragment');
  return { ok: true, url: { origin: url.origin, basePath: url.pathname.replace(/\/+$/, '') } };
}

function refuse(reason: string): BaseUrlCheck {
  return { ok: false, reason: `The base URL ${reason}.` };
}
