import type { NativeChatRequest } from '../../chat/native-request.js';
import type { CountSource } from '../../chat/usage.js';
import type { CountingUnit } from './counting-unit.js';
import { describeMessage } from './describe-message.js';
import { describeFunctions, describeToolsAsJson } from './describe-tools.js';
import { estimateTokensOfBytes, scaleTokens } from './estimate-text-tokens.js';
import type { TokenProfile } from './token-profile.js';
import { countToolPromptTokens } from './tool-prompt-tokens.js';

export interface TokenCount {
  tokens: number;
  source: CountSource;
}

/** Tokens of each unit's texts, in order; null where they could not be counted. Never rejects. */
type CountUnits = (units: readonly CountingUnit[]) => Promise<(number | null)[]>;

/** Every answer is primed with the marks of its first message. Source: OpenAI's cookbook on counting tokens. */
const PRIMING_TOKENS = 3;

/**
 * Input tokens of a request. `tokenizer` where the model's own tokenizer and published rules say all of it (text, names,
 * function tools); `estimate` where anything had to be guessed: the tokenizer, tool calls, media, what time did not suffice for.
 */
export async function countRequestTokens(
  native: NativeChatRequest,
  upstreamModel: string,
  profile: TokenProfile,
  countUnits: CountUnits,
): Promise<TokenCount> {
  const units = listUnits(native, upstreamModel, profile);
  const counts = await countUnits(units);
  let tokens = PRIMING_TOKENS;
  let isExact = profile.isOwn;
  units.forEach((unit, index) => {
    const count = counts[index] ?? null;
    tokens += unit.extraTokens + sizeTexts(unit.texts, count, profile);
    isExact &&= unit.isExact && count !== null;
  });
  return { tokens, source: isExact ? 'tokenizer' : 'estimate' };
}

function listUnits(native: NativeChatRequest, upstreamModel: string, profile: TokenProfile): CountingUnit[] {
  const reader = { upstreamModel, family: profile.family };
  const units = native.messages.map((message) => describeMessage(message, reader));
  if (native.tools.length > 0) units.unshift(describeTools(native, upstreamModel, profile));
  const foreignTools = listForeignTools(native);
  if (foreignTools.length > 0) units.push({ texts: foreignTools, extraTokens: 0, isExact: false });
  if (native.responseFormat?.type === 'json-schema') {
    const { name, schema } = native.responseFormat;
    units.push({ texts: [name, JSON.stringify(schema)], extraTokens: 0, isExact: false });
  }
  return units;
}

/** The provider's own tools, which the format adapter notes under their path; their descriptions are not in the request. */
function listForeignTools(native: NativeChatRequest): string[] {
  return Object.entries(native.extras)
    .filter(([path]) => path.startsWith('tools['))
    .map(([, tool]) => JSON.stringify(tool));
}

function describeTools(
  native: NativeChatRequest,
  upstreamModel: string,
  profile: TokenProfile,
): CountingUnit {
  if (profile.family === 'openai') return describeFunctions(native.tools, profile.encoding);
  return describeToolsAsJson(native.tools, countToolPromptTokens(upstreamModel, native.toolChoice));
}

function sizeTexts(texts: readonly string[], count: number | null, profile: TokenProfile): number {
  if (count !== null && profile.percent === 100) return count;
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return count === null
    ? Math.min(bytes, estimateTokensOfBytes(bytes, profile))
    : scaleTokens(count, bytes, profile);
}
