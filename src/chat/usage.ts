/** Where a token count comes from. */
export type CountSource = 'provider' | 'tokenizer' | 'estimate';

/**
 * Tokens of one answer. `inputTokens` excludes cached reads and cache writes (Anthropic's convention); the OpenAI
 * dialect's `prompt_tokens` is the sum of all three. `reasoningTokens` are a part of `outputTokens`. Unknown is null.
 */
export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  /** Written to a cache that lives 5 minutes (the default kind). */
  cacheWriteTokens: number;
  /** Written to a cache that lives one hour. */
  cacheWrite1hTokens: number;
  reasoningTokens: number | null;
  source: CountSource;
}

/** All input tokens: uncached, read from cache and written to cache. */
export function totalInputTokens(usage: TokenUsage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.cacheWrite1hTokens;
}
