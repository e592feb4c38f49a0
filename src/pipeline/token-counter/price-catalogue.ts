import type { Owner } from '../../common/ids.js';
import type {
  DeploymentConfig,
  Price,
  PriceEntry,
  ProviderConfig,
  ProviderKind,
} from '../../tenancy/config-snapshot.js';
import { ANTHROPIC_PRICES } from './anthropic-prices.js';
import { OPENAI_PRICES } from './openai-prices.js';
import { PriceBook } from './price-book.js';
import { SIMULATED_PRICES } from './simulated-prices.js';

/** Published list prices; an administrator's own rows come before them. */
const CATALOGUE = new PriceBook([...OPENAI_PRICES, ...ANTHROPIC_PRICES, ...SIMULATED_PRICES]);

/** A deployment of a model, and who gets what it costs. */
export interface PricedDeployment {
  deployment: Pick<DeploymentConfig, 'upstreamModel' | 'price'>;
  provider: Pick<ProviderConfig, 'kind' | 'owner'>;
}

/**
 * Finds what a deployment costs: its own price, else the newest row of the tenant, else of the platform, else the built-in
 * catalogue. `rows` are those that one tenant's requests go by.
 */
export class PriceIndex {
  private readonly books: readonly PriceBook[];
  private readonly platformBooks: readonly PriceBook[];

  constructor(rows: readonly PriceEntry[]) {
    this.platformBooks = [new PriceBook(rows.filter(({ owner }) => owner === 'platform')), CATALOGUE];
    this.books = [new PriceBook(rows.filter(({ owner }) => owner !== 'platform')), ...this.platformBooks];
  }

  /**
   * The price in force for a model of this owner. What goes to the platform's providers is priced by the platform alone: its
   * budgets count by it, and a tenant must not make it cheaper.
   */
  findPriceOf(modelOwner: Owner, { deployment, provider }: PricedDeployment, nowMs: number): Price | null {
    if (provider.owner !== 'platform') return this.findPrice(deployment, provider.kind, nowMs);
    if (modelOwner === 'platform' && deployment.price !== null) return deployment.price;
    return findInBooks(this.platformBooks, deployment.upstreamModel, provider.kind, nowMs);
  }

  /** The price in force on the UTC day of `nowMs`. Null where none is known: never 0. */
  findPrice(
    deployment: Pick<DeploymentConfig, 'upstreamModel' | 'price'>,
    providerKind: ProviderKind,
    nowMs: number,
  ): Price | null {
    if (deployment.price !== null) return deployment.price;
    return findInBooks(this.books, deployment.upstreamModel, providerKind, nowMs);
  }
}

function findInBooks(
  books: readonly PriceBook[],
  upstreamModel: string,
  providerKind: ProviderKind,
  nowMs: number,
): Price | null {
  const day = new Date(nowMs).toISOString().slice(0, 10);
  for (const book of books) {
    const price = book.find(providerKind, upstreamModel, day);
    if (price !== null) return price;
  }
  return null;
}
