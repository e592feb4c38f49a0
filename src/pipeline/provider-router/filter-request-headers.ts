const ALLOWED = new Set([
  'content-type',
  'accept',
  'user-agent',
  'anthropic-version',
  'anthropic-beta',
  'openai-beta',
  'idempotency-key',
]);

/**
 * The client's headers that an upstream may see. An allow-list: credentials, cookies, `x-forwarded-*`,
 * `openai-organization` and everything of ours stay here.
 * @param headers as node:http gives them, lower-case names.
 */
export function filterRequestHeaders(
  headers: Record<string, string | string[] | undefined>,
): Record<string, string> {
  const allowed: Record<string, string> = {};
  for (const name in headers) {
    if (!ALLOWED.has(name) && !name.startsWith('x-stainless-')) continue;
    const value = headers[name];
    if (value !== undefined) allowed[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return allowed;
}
