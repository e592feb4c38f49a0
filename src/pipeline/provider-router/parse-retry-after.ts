const DECIMAL = /^\d{1,9}(?:\.\d{1,9})?$/;

/**
 * How long an upstream asks to wait, milliseconds; null when it does not say. `retry-after-ms` (sent by OpenAI and Azure)
 * is finer and wins over `retry-after`, which holds seconds or an HTTP date (RFC 9110, 10.2.3).
 * @param headers lower-case names.
 */
export function parseRetryAfter(headers: Record<string, string>, nowMs: number): number | null {
  const milliseconds = parseDecimal(headers['retry-after-ms']);
  if (milliseconds !== null) return milliseconds;
  const text = headers['retry-after'];
  const seconds = parseDecimal(text);
  if (seconds !== null) return seconds * 1_000;
  // Date.parse takes almost anything; every HTTP date names its day and a time.
  const dateMs =
    text !== undefined && /^[A-Za-z]{3,9}[, ].*:/.test(text.trim()) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(dateMs) ? null : Math.max(0, dateMs - nowMs);
}

function parseDecimal(text: string | undefined): number | null {
  const trimmed = text?.trim();
  return trimmed !== undefined && DECIMAL.test(trimmed) ? Number(trimmed) : null;
}
