import type { TokenUsage } from '../../../chat/usage.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../common/json.js';
import { readCount, readObject } from '../upstream-reader.js';

/**
 * Anthropic's `usage`: input, cached reads and cache writes are counted apart; thinking is part of the output.
 * Null where a total is missing.
 */
export function parseUsage(usage: JsonValue | undefined): TokenUsage | null {
  if (!isJsonObject(usage)) return null;
  const inputTokens = readCount(usage.input_tokens);
  const outputTokens = readCount(usage.output_tokens);
  if (inputTokens === null || outputTokens === null) return null;
  return { ...readUsage(usage, null), inputTokens, outputTokens };
}

/**
 * The usage of a stream so far; `before` is null at `message_start`. `message_delta` repeats cumulative counts and leaves
 * out what it has not: the split of cache writes by lifetime always, the input at times; those come from `before`.
 */
export function mergeUsage(before: TokenUsage | null, delta: JsonValue | undefined): TokenUsage | null {
  if (!isJsonObject(delta)) return before;
  const merged = readUsage(delta, before);
  const hasInput = before !== null || readCount(delta.input_tokens) !== null;
  return hasInput ? merged : null;
}

function readUsage(usage: JsonObject, before: TokenUsage | null): TokenUsage {
  return {
    inputTokens: readCount(usage.input_tokens) ?? before?.inputTokens ?? 0,
    outputTokens: readCount(usage.output_tokens) ?? before?.outputTokens ?? 0,
    cacheReadTokens: readCount(usage.cache_read_input_tokens) ?? before?.cacheReadTokens ?? 0,
    ...readCacheWrites(usage, before),
    reasoningTokens:
      readCount(readObject(usage.output_tokens_details)?.thinking_tokens) ?? before?.reasoningTokens ?? null,
    source: 'provider',
  };
}

function readCacheWrites(
  usage: JsonObject,
  before: TokenUsage | null,
): Pick<TokenUsage, 'cacheWriteTokens' | 'cacheWrite1hTokens'> {
  const split = readObject(usage.cache_creation);
  const known1h = readCount(split?.ephemeral_1h_input_tokens) ?? before?.cacheWrite1hTokens ?? 0;
  const total = readCount(usage.cache_creation_input_tokens);
  if (total === null) {
    const known5m = readCount(split?.ephemeral_5m_input_tokens) ?? before?.cacheWriteTokens ?? 0;
    return { cacheWriteTokens: known5m, cacheWrite1hTokens: known1h };
  }
  const cacheWrite1hTokens = Math.min(known1h, total);
  return { cacheWriteTokens: total - cacheWrite1hTokens, cacheWrite1hTokens };
}

/** The wire requires two numbers; where they are not known they are zero, as the SDKs' types have no other way. */
export function renderUsage(usage: TokenUsage | null): JsonObject {
  if (usage === null) return { input_tokens: 0, output_tokens: 0 };
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens + usage.cacheWrite1hTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWriteTokens,
      ephemeral_1h_input_tokens: usage.cacheWrite1hTokens,
    },
    output_tokens: usage.outputTokens,
    ...(usage.reasoningTokens === null
      ? {}
      : { output_tokens_details: { thinking_tokens: usage.reasoningTokens } }),
  };
}

/** In `message_delta` the split by lifetime is not repeated. */
export function renderDeltaUsage(usage: TokenUsage | null): JsonObject {
  const { cache_creation: _omitted, ...rest } = renderUsage(usage);
  return rest;
}
