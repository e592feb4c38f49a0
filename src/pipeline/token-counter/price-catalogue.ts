import type { DeploymentConfig, Price, PriceEntry, ProviderKind } from '../../tenancy/config-snapshot.js';
import { ANTHROPIC_PRICES } from './anthropic-prices.js';
import { OPENAI_PRICES } from './openai-prices.js';
import { PriceBook } from './price-book.js';
import { SIMULATED_PRICES } from './simulated-prices.js';

/** Published list prices; an administrator's own rows come before them. */
const CATALOGUE = new PriceBook([...OPENAI_PRICES, ...ANTHROPIC_PRICES, ...SIMULATED_PRICES]);

/**
 * Finds what a deployment costs: its own price, else the newest row of the tenant, else of the platform, else the built-in
 * catalogue. `rows` are those that one tenant's requests go by.
 */
export class PriceIndex {
  private readonly books: readonly PriceBook[];

  constructor(rows: readonly PriceEntry[]) {
    this.books = [
      new PriceBook(rows.filter(({ owner }) => owner !== 'platform')),
      new PriceBook(rows.filter(({ owner }) => owner === 'platform')),
      CATALOGUE,
    ];
  }

  /** The price in force on the UTC day of `nowMs`. Null where none is known: never 0. */
  findPrice(
    deployment: Pick<DeploymentConfig, 'upstreamModel' | 'price'>,
    providerKind: ProviderKind,
    nowMs: number,
  ): Price | null {
    if (deployment.price !== null) return deployment.price;
    const day = new Date(nowMs).toISOString().slice(0, 10);
    for (const book of this.books) {
      const price = book.find(providerKind, deployment.upstreamModel, day);
      if (price !== null) return price;
    }
    return null;
  }
}
