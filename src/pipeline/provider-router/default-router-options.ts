import { DEFAULT_TIMEOUTS } from '../../tenancy/defaults.js';
import { DEFAULT_BACKOFF } from './compute-backoff.js';
import type { ProviderRouterOptions } from './provider-router.options.js';
import { DEFAULT_RETRY_BUDGET } from './retry-budget.js';

/** What holds where the settings say nothing else. */
export const DEFAULT_ROUTER_OPTIONS: ProviderRouterOptions = {
  timeouts: DEFAULT_TIMEOUTS,
  backoff: DEFAULT_BACKOFF,
  maxAttempts: 4,
  defaultCooldownMs: 1_000,
  retryBudget: DEFAULT_RETRY_BUDGET,
};
