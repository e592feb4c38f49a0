import type { PriceEntity } from '../../storage/database/entities/price.entity.js';
import { renderStoredPrice } from '../fields/stored-price.js';
import { renderOwnedRow } from '../fields/render-row.js';

export function renderPrice(row: PriceEntity) {
  return { id: row.id, ...renderPriceInput(row), ...renderOwnedRow(row) };
}

/** The members that a client may write. */
export function renderPriceInput({ providerKind, upstreamModel, effectiveFrom, price, source }: PriceEntity) {
  return { providerKind, upstreamModel, effectiveFrom, price: renderStoredPrice(price), source };
}
