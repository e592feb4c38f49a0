/**
 * `a=1,b=two%20words`, as OTEL_RESOURCE_ATTRIBUTES and OTEL_EXPORTER_OTLP_HEADERS have it; members without `=` or without
 * a name are left out. Of several lists the later one wins.
 */
export function parseKeyValueList(...lists: readonly (string | undefined)[]): Record<string, string> {
  const pairs = lists.flatMap((list) => list?.split(',') ?? []).map(parsePair);
  return Object.fromEntries(pairs.filter((pair) => pair !== null));
}

function parsePair(text: string): [name: string, value: string] | null {
  const separator = text.indexOf('=');
  const name = text.slice(0, Math.max(0, separator)).trim();
  return name === '' ? null : [decodePercent(name), decodePercent(text.slice(separator + 1).trim())];
}

/** What is not percent-encoded properly is meant literally. */
function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
