import { isRecentClaude } from './token-profile.js';

/**
 * How a family of models turns an image into tokens. Sources: OpenAI's guide on images and vision (sizing behaviour,
 * calculating costs) and Anthropic's on vision, as published in September 2026.
 *
 * `tiles`: scaled into 2048 x 2048, then to a shortest side of 768; a fee and a price for each tile of 512 x 512.
 * `patches`: squares of `side` pixels, at most `maxPatches` of them and `maxEdge` pixels long, else scaled down to fit:
 * by OpenAI's published steps, or to the largest size that fits.
 */
export type ImageRule =
  | { kind: 'tiles'; baseTokens: number; tileTokens: number }
  | {
      kind: 'patches';
      side: number;
      maxPatches: number;
      maxEdge: number;
      scaling: 'stepwise' | 'largest';
      /** Tokens per hundred patches. */
      percent: number;
    };

export type ImageDetail = 'low' | 'high' | 'auto' | null;

const CLAUDE = { kind: 'patches', side: 28, scaling: 'largest', percent: 100 } as const;
const CLAUDE_STANDARD: ImageRule = { ...CLAUDE, maxPatches: 1_568, maxEdge: 1_568 };
const CLAUDE_HIGH: ImageRule = { ...CLAUDE, maxPatches: 4_784, maxEdge: 2_576 };

const TILES_4O: ImageRule = { kind: 'tiles', baseTokens: 85, tileTokens: 170 };
const TILES_4O_MINI: ImageRule = { kind: 'tiles', baseTokens: 2_833, tileTokens: 5_667 };
const TILES_5: ImageRule = { kind: 'tiles', baseTokens: 70, tileTokens: 140 };
const TILES_O: ImageRule = { kind: 'tiles', baseTokens: 75, tileTokens: 150 };

function patches(maxPatches: number, maxEdge: number, percent: number): ImageRule {
  return { kind: 'patches', side: 32, scaling: 'stepwise', maxPatches, maxEdge, percent };
}

/** Larger images of this kind are refused rather than scaled. */
const UNSCALED_EDGE = 65_535;

/** First match wins. From GPT-5.5 on `auto` means the image as it is. */
const OPENAI_RULES: readonly (readonly [RegExp, ImageRule, ImageRule])[] = [
  [/^gpt-4o-mini/, TILES_4O_MINI, TILES_4O_MINI],
  [/^(?:gpt-4\.1-mini|gpt-5-mini)/, patches(1_536, 2_048, 162), patches(1_536, 2_048, 162)],
  [/^(?:gpt-4\.1-nano|gpt-5-nano)/, patches(1_536, 2_048, 246), patches(1_536, 2_048, 246)],
  [/^o4-mini/, patches(1_536, 2_048, 172), patches(1_536, 2_048, 172)],
  [/^o[13](?:$|-)/, TILES_O, TILES_O],
  [/^gpt-5(?:\.1)?(?:$|-)/, TILES_5, TILES_5],
  [/^gpt-5\.[23]/, patches(1_536, 2_048, 120), patches(1_536, 2_048, 120)],
  [/^gpt-5\.[45]/, patches(2_500, 2_048, 120), patches(10_000, 6_000, 120)],
  [/^gpt-(?:5\.|[6-9]|\d\d)/, patches(2_500, 2_048, 120), patches(30_000, UNSCALED_EDGE, 120)],
];

/** `low` where patches are counted: fitted into a square of so many pixels. */
const LOW_EDGE = 512;
const LOW_PATCHES = 256;

/** The rule for a model; unknown models of OpenAI-compatible servers count as GPT-4o, which is a guess. */
export function findImageRule(
  upstreamModel: string,
  family: 'openai' | 'anthropic',
  detail: ImageDetail,
): ImageRule {
  if (family === 'anthropic') return isRecentClaude(upstreamModel) ? CLAUDE_HIGH : CLAUDE_STANDARD;
  const name = upstreamModel.replace(/^openai\//, '');
  const row = OPENAI_RULES.find(([pattern]) => pattern.test(name));
  const rule = row === undefined ? TILES_4O : row[detail === 'high' ? 1 : 2];
  if (detail !== 'low') return rule;
  return rule.kind === 'tiles' ? { ...rule, tileTokens: 0 } : patches(LOW_PATCHES, LOW_EDGE, rule.percent);
}
