const ALLOWED = ['content-type', 'openai-processing-ms'] as const;

/** The upstream's headers that a caller may see; rate limits, request ids and cookies of our account stay here. */
export function filterResponseHeaders(headers: Record<string, string>): Record<string, string> {
  const allowed: Record<string, string> = {};
  for (const name of ALLOWED) {
    const value = headers[name];
    if (value !== undefined) allowed[name] = value;
  }
  return allowed;
}
