import { type CatalogueEntry, createEntry, type LongPromptRule, type PublishedRates } from './price-entry.js';

const PUBLICATION = {
  providerKind: 'openai',
  source: 'https://developers.openai.com/api/docs/pricing, standard tier, as published in November 2026',
} as const;

/** From GPT-5.4 on: a prompt of more than 272,000 tokens doubles input and cache rates and raises output by half. */
const LONG_PROMPT: LongPromptRule = { aboveInputTokens: 272_000, inputPercent: 200n, outputPercent: 150n };

function flat(model: string, from: string, rates: PublishedRates): CatalogueEntry {
  return createEntry(PUBLICATION, model, from, rates);
}

function tiered(model: string, from: string, rates: PublishedRates): CatalogueEntry {
  return createEntry(PUBLICATION, model, from, rates, LONG_PROMPT);
}

/**
 * Text models that OpenAI serves over Chat Completions. A date is the day of release or of the price change, where the page
 * or the changelog names it; for older models the day on which the price was first recorded. Models that bill audio or
 * images at rates of their own are left out: they are unpriced rather than wrong.
 */
export const OPENAI_PRICES: readonly CatalogueEntry[] = [
  tiered('gpt-6.2-astra', '2026-11-17', { input: '8', output: '40', cacheRead: '0.4' }),
  tiered('gpt-6.2-sol', '2026-11-17', { input: '2', output: '10', cacheRead: '0.1', cacheWrite: '2.5' }),
  tiered('gpt-6.1-terra', '2026-10-26', { input: '1', output: '5', cacheRead: '0.05', cacheWrite: '1.25' }),
  tiered('gpt-6.1-sol', '2026-09-29', { input: '2', output: '10', cacheRead: '0.1', cacheWrite: '2.5' }),
  tiered('gpt-6-sol', '2026-09-22', { input: '2', output: '10', cacheRead: '0.2', cacheWrite: '2.5' }),
  tiered('gpt-6-luna', '2026-09-22', { input: '0.1', output: '0.5', cacheRead: '0.01', cacheWrite: '0.125' }),
  tiered('gpt-6-astra', '2026-09-03', { input: '10', output: '50', cacheRead: '1', cacheWrite: '12.5' }),
  // `gpt-5.6` is the alias of `gpt-5.6-sol`. The price of August 2026 was announced to last at least until 2026-11-21.
  tiered('gpt-5.6', '2026-07-09', { input: '5', output: '30', cacheRead: '0.5', cacheWrite: '6.25' }),
  tiered('gpt-5.6', '2026-08-21', { input: '4', output: '20', cacheRead: '0.4', cacheWrite: '5' }),
  tiered('gpt-5.6-sol', '2026-07-09', { input: '5', output: '30', cacheRead: '0.5', cacheWrite: '6.25' }),
  tiered('gpt-5.6-sol', '2026-08-21', { input: '4', output: '20', cacheRead: '0.4', cacheWrite: '5' }),
  tiered('gpt-5.6-terra', '2026-07-09', {
    input: '2.5',
    output: '15',
    cacheRead: '0.25',
    cacheWrite: '3.125',
  }),
  tiered('gpt-5.6-terra', '2026-07-30', { input: '2', output: '12', cacheRead: '0.2', cacheWrite: '2.5' }),
  tiered('gpt-5.6-luna', '2026-07-09', { input: '1', output: '6', cacheRead: '0.1', cacheWrite: '1.25' }),
  tiered('gpt-5.6-luna', '2026-07-30', {
    input: '0.2',
    output: '1.2',
    cacheRead: '0.02',
    cacheWrite: '0.25',
  }),
  tiered('gpt-5.5', '2026-04-23', { input: '5', output: '30', cacheRead: '0.5' }),
  tiered('gpt-5.4', '2026-03-05', { input: '2.5', output: '15', cacheRead: '0.25' }),
  flat('gpt-5.4-mini', '2026-03-17', { input: '0.75', output: '4.5', cacheRead: '0.075' }),
  flat('gpt-5.4-nano', '2026-03-17', { input: '0.2', output: '1.25', cacheRead: '0.02' }),
  flat('gpt-5.3-chat-latest', '2026-04-02', { input: '1.75', output: '14', cacheRead: '0.175' }),
  flat('gpt-5.2', '2025-12-11', { input: '1.75', output: '14', cacheRead: '0.175' }),
  flat('gpt-5.2-chat-latest', '2025-12-11', { input: '1.75', output: '14', cacheRead: '0.175' }),
  flat('gpt-5.1', '2025-11-13', { input: '1.25', output: '10', cacheRead: '0.125' }),
  flat('gpt-5.1-chat-latest', '2025-11-17', { input: '1.25', output: '10', cacheRead: '0.125' }),
  flat('gpt-5', '2025-08-07', { input: '1.25', output: '10', cacheRead: '0.125' }),
  flat('gpt-5-chat-latest', '2025-08-08', { input: '1.25', output: '10', cacheRead: '0.125' }),
  flat('gpt-5-mini', '2025-08-07', { input: '0.25', output: '2', cacheRead: '0.025' }),
  flat('gpt-5-nano', '2025-08-07', { input: '0.05', output: '0.4', cacheRead: '0.005' }),
  flat('gpt-4.1', '2025-06-11', { input: '2', output: '8', cacheRead: '0.5' }),
  flat('gpt-4.1-mini', '2025-06-11', { input: '0.4', output: '1.6', cacheRead: '0.1' }),
  flat('gpt-4.1-nano', '2025-06-11', { input: '0.1', output: '0.4', cacheRead: '0.025' }),
  flat('gpt-4o', '2025-06-05', { input: '2.5', output: '10', cacheRead: '1.25' }),
  flat('gpt-4o-2024-05-13', '2025-09-26', { input: '5', output: '15' }),
  flat('gpt-4o-mini', '2025-06-05', { input: '0.15', output: '0.6', cacheRead: '0.075' }),
  flat('o4-mini', '2025-06-11', { input: '1.1', output: '4.4', cacheRead: '0.275' }),
  flat('o3', '2025-06-10', { input: '2', output: '8', cacheRead: '0.5' }),
  flat('o3-mini', '2025-06-11', { input: '1.1', output: '4.4', cacheRead: '0.55' }),
  flat('o1', '2025-06-11', { input: '15', output: '60', cacheRead: '7.5' }),
  flat('gpt-4-turbo', '2025-06-05', { input: '10', output: '30' }),
  flat('gpt-4', '2025-06-11', { input: '30', output: '60' }),
  flat('gpt-4-0613', '2026-04-01', { input: '30', output: '60' }),
  flat('gpt-3.5-turbo', '2025-07-23', { input: '0.5', output: '1.5' }),
  flat('gpt-3.5-turbo-0125', '2026-04-01', { input: '0.5', output: '1.5' }),
  flat('gpt-3.5-turbo-1106', '2026-04-01', { input: '1', output: '2' }),
];
