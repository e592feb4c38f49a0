import type { ProviderKind } from '../../tenancy/config-snapshot.js';
import type { RetryBudgetSettings } from './retry-budget.js';
import type { ExecutorSettings, ProviderBinding } from './executor-parts.js';

/** Everything the Provider Router is configured by. */
export interface ProviderRouterOptions extends ExecutorSettings {
  retryBudget: RetryBudgetSettings;
}

export const PROVIDER_ROUTER_OPTIONS = Symbol('ProviderRouterOptions');

/** How each kind of provider is reached and spoken to. */
export type ProviderBindings = Readonly<Record<ProviderKind, ProviderBinding>>;

export const PROVIDER_BINDINGS = Symbol('ProviderBindings');
