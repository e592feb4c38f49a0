import { type CatalogueEntry, createEntry, type PublishedRates } from './price-entry.js';

const PUBLICATION = {
  providerKind: 'anthropic',
  source: 'https://platform.claude.com/docs/en/about-claude/pricing, as published in November 2026',
} as const;

/** Haiku 5.5 bills every token of a request whose prompt is longer than 100,000 tokens at five times its rate. */
const HAIKU_LONG_PROMPT = { aboveInputTokens: 100_000, inputPercent: 500n, outputPercent: 500n };

const FABLE: PublishedRates = {
  input: '10',
  output: '50',
  cacheRead: '1',
  cacheWrite: '12.5',
  cacheWrite1h: '20',
};
const FABLE_5_1 = { ...FABLE, cacheRead: '0.25' };
const FABLE_5_2 = { input: '8', output: '40', cacheRead: '0.2', cacheWrite: '10', cacheWrite1h: '16' };
const OPUS: PublishedRates = {
  input: '5',
  output: '25',
  cacheRead: '0.5',
  cacheWrite: '6.25',
  cacheWrite1h: '10',
};
const OPUS_5_5 = { input: '4', output: '20', cacheRead: '0.2', cacheWrite: '5', cacheWrite1h: '8' };
const OPUS_4 = { input: '15', output: '75', cacheRead: '1.5', cacheWrite: '18.75', cacheWrite1h: '30' };
const SONNET: PublishedRates = {
  input: '3',
  output: '15',
  cacheRead: '0.3',
  cacheWrite: '3.75',
  cacheWrite1h: '6',
};
const SONNET_5 = { input: '2', output: '10', cacheRead: '0.2', cacheWrite: '2.5', cacheWrite1h: '4' };
const SONNET_5_5 = { ...SONNET_5, cacheRead: '0.1' };
const HAIKU_5_5 = {
  input: '0.1',
  output: '0.5',
  cacheRead: '0.01',
  cacheWrite: '0.125',
  cacheWrite1h: '0.2',
};
const HAIKU_4_5 = { input: '1', output: '5', cacheRead: '0.1', cacheWrite: '1.25', cacheWrite1h: '2' };
const HAIKU_3_5 = { input: '0.8', output: '4', cacheRead: '0.08', cacheWrite: '1', cacheWrite1h: '1.6' };

function flat(model: string, from: string, rates: PublishedRates): CatalogueEntry {
  return createEntry(PUBLICATION, model, from, rates);
}

/** A date is the day of release or of the price change; for the oldest the day on which the price was first recorded. */
export const ANTHROPIC_PRICES: readonly CatalogueEntry[] = [
  flat('claude-fable-5-2', '2026-11-09', FABLE_5_2),
  flat('claude-mythos-5-2', '2026-11-09', FABLE_5_2),
  flat('claude-fable-5-1', '2026-09-01', FABLE_5_1),
  flat('claude-mythos-5-1', '2026-09-01', FABLE_5_1),
  flat('claude-fable-5', '2026-06-09', FABLE),
  flat('claude-mythos-5', '2026-06-09', FABLE),
  flat('claude-opus-5-5', '2026-09-22', OPUS_5_5),
  flat('claude-opus-5', '2026-07-24', OPUS),
  flat('claude-opus-4-8', '2026-05-28', OPUS),
  flat('claude-opus-4-7', '2026-04-16', OPUS),
  flat('claude-opus-4-6', '2026-03-13', OPUS),
  flat('claude-opus-4-5', '2025-11-24', OPUS),
  flat('claude-opus-4-1', '2025-08-05', OPUS_4),
  flat('claude-opus-4', '2025-06-05', OPUS_4),
  flat('claude-opus-4-0', '2025-06-05', OPUS_4),
  flat('claude-sonnet-5-5', '2026-09-28', SONNET_5),
  flat('claude-sonnet-5-5', '2026-10-07', SONNET_5_5),
  flat('claude-sonnet-5', '2026-06-30', SONNET_5),
  flat('claude-sonnet-4-6', '2026-03-13', SONNET),
  flat('claude-sonnet-4-5', '2025-09-29', SONNET),
  flat('claude-sonnet-4', '2025-06-05', SONNET),
  flat('claude-sonnet-4-0', '2025-06-05', SONNET),
  createEntry(PUBLICATION, 'claude-haiku-5-5', '2026-10-07', HAIKU_5_5, HAIKU_LONG_PROMPT),
  flat('claude-haiku-4-5', '2025-10-15', HAIKU_4_5),
  flat('claude-3-5-haiku', '2025-06-05', HAIKU_3_5),
];
