import { type TokenUsage, totalInputTokens } from '../../../chat/usage.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../common/json.js';
import { readCount, readObject } from '../upstream-reader.js';

/**
 * OpenAI's `usage`: `prompt_tokens` includes cached reads and writes, `completion_tokens` includes reasoning.
 * Null where a total is missing. `prompt_cache_hit_tokens` is how DeepSeek's compatible API spells cached reads.
 */
export function parseUsage(usage: JsonValue | undefined): TokenUsage | null {
  if (!isJsonObject(usage)) return null;
  const promptTokens = readCount(usage.prompt_tokens);
  const completionTokens = readCount(usage.completion_tokens);
  if (promptTokens === null || completionTokens === null) return null;
  const promptDetails = readObject(usage.prompt_tokens_details);
  const cached = readCount(promptDetails?.cached_tokens) ?? readCount(usage.prompt_cache_hit_tokens) ?? 0;
  // A part larger than its whole is an upstream's mistake; the whole is what is paid for.
  const cacheReadTokens = Math.min(cached, promptTokens);
  const cacheWriteTokens = Math.min(
    readCount(promptDetails?.cache_write_tokens) ?? 0,
    promptTokens - cacheReadTokens,
  );
  const written = { promptTokens, completionTokens, cachedTokens: cacheReadTokens + cacheWriteTokens };
  return {
    inputTokens: promptTokens - cacheReadTokens - cacheWriteTokens,
    ...readOutput(usage, written),
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: 0,
    source: 'provider',
  };
}

/**
 * Output and, of it, reasoning. The compatible APIs of xAI and Google leave reasoning out of `completion_tokens` and show it
 * only in `total_tokens`, as what prompt and completion do not explain; it is paid for like any output.
 */
function readOutput(
  usage: JsonObject,
  written: { promptTokens: number; completionTokens: number; cachedTokens: number },
): Pick<TokenUsage, 'outputTokens' | 'reasoningTokens'> {
  const { promptTokens, completionTokens, cachedTokens } = written;
  const reasoningTokens = readCount(readObject(usage.completion_tokens_details)?.reasoning_tokens);
  const uncounted = (readCount(usage.total_tokens) ?? 0) - promptTokens - completionTokens;
  // A server that counts cached input apart has a larger total for that reason.
  const isReasoning = reasoningTokens === null ? cachedTokens === 0 : uncounted === reasoningTokens;
  if (uncounted <= 0 || !isReasoning) return { outputTokens: completionTokens, reasoningTokens };
  return { outputTokens: completionTokens + uncounted, reasoningTokens: uncounted };
}

export function renderUsage(usage: TokenUsage): JsonObject {
  const promptTokens = totalInputTokens(usage);
  const written = usage.cacheWriteTokens + usage.cacheWrite1hTokens;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: promptTokens + usage.outputTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cacheReadTokens,
      ...(written === 0 ? {} : { cache_write_tokens: written }),
    },
    ...(usage.reasoningTokens === null
      ? {}
      : { completion_tokens_details: { reasoning_tokens: usage.reasoningTokens } }),
  };
}
