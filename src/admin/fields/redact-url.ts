/** Stands where a reader does not see what is there. */
const REDACTED = '***';

/**
 * An address that may be a secret, for those who may not use it: path, query and fragment of a webhook authorise whoever
 * knows them. The origin stays, so that one sees where it goes.
 */
export function redactUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) return REDACTED;
  const isBare = url.pathname === '/' && url.search === '' && url.hash === '';
  return isBare ? url.origin : `${url.origin}/${REDACTED}`;
}

/** What `redactUrl` made of an address is none that can be written back. */
export function isRedactedUrl(text: string): boolean {
  return URL.parse(text)?.pathname === `/${REDACTED}`;
}
