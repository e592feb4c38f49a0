import { type NanoUsd, parseUsd } from '../../common/money.js';
import type { Price, PriceEntry, ProviderKind } from '../../tenancy/config-snapshot.js';

/** A price that is replaced, for the whole request, by another one when the prompt is long. */
export interface TieredPrice extends Price {
  longPrompt: { aboveInputTokens: number; price: Price } | null;
}

/** A row of the built-in catalogue. A name that ends in `*` stands for every name that begins so. */
export interface CatalogueEntry extends PriceEntry, TieredPrice {}

/** Decimal USD per million tokens, as providers publish them; what they do not publish is left out. */
export interface PublishedRates {
  input: string;
  output: string;
  cacheRead?: string;
  /** 5 minutes at Anthropic, 30 minutes at OpenAI: the kind that their usage reports by default. */
  cacheWrite?: string;
  cacheWrite1h?: string;
}

interface Publication {
  providerKind: ProviderKind;
  /** Page and the day it was read. */
  source: string;
}

export interface LongPromptRule {
  aboveInputTokens: number;
  /** Hundredths by which input and cache rates grow. */
  inputPercent: bigint;
  outputPercent: bigint;
}

export function createEntry(
  publication: Publication,
  upstreamModel: string,
  effectiveFrom: string,
  rates: PublishedRates,
  longPrompt: LongPromptRule | null = null,
): CatalogueEntry {
  const price = parseRates(rates);
  return {
    owner: 'platform',
    ...publication,
    upstreamModel,
    effectiveFrom,
    ...price,
    longPrompt:
      longPrompt === null
        ? null
        : { aboveInputTokens: longPrompt.aboveInputTokens, price: raisePrice(price, longPrompt) },
  };
}

function parseRates(rates: PublishedRates): Price {
  return {
    inputNanoUsdPerMTok: getUsd(rates.input),
    outputNanoUsdPerMTok: getUsd(rates.output),
    cacheReadNanoUsdPerMTok: findUsd(rates.cacheRead),
    cacheWriteNanoUsdPerMTok: findUsd(rates.cacheWrite),
    cacheWrite1hNanoUsdPerMTok: findUsd(rates.cacheWrite1h),
    reasoningNanoUsdPerMTok: null,
  };
}

function raisePrice(price: Price, rule: LongPromptRule): Price {
  const raise = (rate: NanoUsd | null): NanoUsd | null =>
    rate === null ? null : (rate * rule.inputPercent) / 100n;
  return {
    inputNanoUsdPerMTok: (price.inputNanoUsdPerMTok * rule.inputPercent) / 100n,
    outputNanoUsdPerMTok: (price.outputNanoUsdPerMTok * rule.outputPercent) / 100n,
    cacheReadNanoUsdPerMTok: raise(price.cacheReadNanoUsdPerMTok),
    cacheWriteNanoUsdPerMTok: raise(price.cacheWriteNanoUsdPerMTok),
    cacheWrite1hNanoUsdPerMTok: raise(price.cacheWrite1hNanoUsdPerMTok),
    reasoningNanoUsdPerMTok: null,
  };
}

function findUsd(text: string | undefined): NanoUsd | null {
  return text === undefined ? null : getUsd(text);
}

function getUsd(text: string): NanoUsd {
  const amount = parseUsd(text);
  if (amount === null) throw new Error(`The price catalogue holds '${text}', which is no amount of USD`);
  return amount;
}
