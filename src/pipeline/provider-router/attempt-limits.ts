/** A whole answer is held in memory; far above any model's longest output. */
export const MAX_ANSWER_BYTES = 32 * 1_024 * 1_024;

/** Error bodies are short; more is cut off. */
export const MAX_ERROR_BYTES = 256 * 1_024;

/** Traces are kept, and a provider may call its error what it likes. */
export const MAX_REASON_LENGTH = 256;

/** A provider that fails slowly must not hold up the failover: its error body is read for so long at the most. */
export const ERROR_BODY_MS = 2_000;
