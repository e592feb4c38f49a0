import { type CatalogueEntry, createEntry } from './price-entry.js';

const PUBLICATION = {
  providerKind: 'simulated',
  source: 'invented, so that budgets and the ledger show amounts without any provider',
} as const;

const RATES = { input: '0.1', output: '0.4', cacheRead: '0.025', cacheWrite: '0.125', cacheWrite1h: '0.2' };
const ALWAYS = '2000-01-01';

/** The two spellings of simulated models; any other name at that provider is a model without a price. */
export const SIMULATED_PRICES: readonly CatalogueEntry[] = [
  createEntry(PUBLICATION, 'simulated*', ALWAYS, RATES),
  createEntry(PUBLICATION, 'sim:*', ALWAYS, RATES),
];
