import type { EncodingName } from './text-counter.port.js';
import { findEncoding } from './encoding-for-model.js';

/** How the tokens of a model are counted. */
export interface TokenProfile {
  encoding: EncodingName;
  /** Tokens of the model per hundred of the encoding's; 100 where the encoding is the model's own. */
  percent: number;
  /** The encoding is known to be the model's own. */
  isOwn: boolean;
  /** Whose rules hold for what surrounds the texts. */
  family: 'openai' | 'anthropic';
}

const CLAUDE = /(?:^|[/.])claude-/;
/** Opus 4.7, the fifth generation and later. */
const RECENT_CLAUDE = /claude-(?:opus-4-[7-9]|(?:opus|sonnet|haiku)-(?:[5-9]|\d\d)|fable|mythos)/;

/**
 * Claude's tokenizer is not public; its counts are o200k_base's times a factor. Measured on the same page of English and the
 * same table as pasted text (public data set `pdf-token-cost`, October 2026): 461 and 629 tokens for GPT; 503 and 720 (1.09,
 * 1.14) for Claude 4.5; 728 and 913 (1.58, 1.45) for Claude 5.5. Anthropic says the newer tokenizer, which came with Opus 4.7,
 * makes 1.0 to 1.35 times as many tokens as the older one.
 */
const CLAUDE_PERCENT = 115;
const RECENT_CLAUDE_PERCENT = 150;

export function findTokenProfile(upstreamModel: string): TokenProfile {
  if (CLAUDE.test(upstreamModel)) {
    const percent = isRecentClaude(upstreamModel) ? RECENT_CLAUDE_PERCENT : CLAUDE_PERCENT;
    return { encoding: 'o200k_base', percent, isOwn: false, family: 'anthropic' };
  }
  const encoding = findEncoding(upstreamModel);
  return { encoding: encoding ?? 'o200k_base', percent: 100, isOwn: encoding !== null, family: 'openai' };
}

export function isRecentClaude(upstreamModel: string): boolean {
  return RECENT_CLAUDE.test(upstreamModel);
}
