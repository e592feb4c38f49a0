import type { DeclaredPrice } from '../../config/declarative/declarative-config.js';
import type { PriceEntity } from '../../storage/database/entities/price.entity.js';
import { convertPrice } from './convert-price.js';
import type { CurrentRows } from './current-rows.js';
import { buildIdentity, createOwnerDescriber, type OwnedSection } from './declared-owners.js';
import { type DeclaredRow, type PlanContext, planRows, type RowsPlan } from './plan-rows.js';

type PriceIdentity = Pick<PriceEntity, 'providerKind' | 'upstreamModel' | 'effectiveFrom'>;

/** A price that has left the file is deleted: it has no other way not to hold, and what it has cost is in the ledger. */
export function planPrices(
  sections: readonly OwnedSection[],
  current: CurrentRows,
  context: PlanContext,
): Promise<RowsPlan<PriceEntity>> {
  const describeOwner = createOwnerDescriber(current);
  return planRows<PriceEntity>(
    {
      kind: 'price',
      declared: sections.flatMap(({ owner, label, section }) =>
        section.prices.map((entry) => declarePrice(entry, owner, label)),
      ),
      current: current.prices,
      identify: (row) => identifyPrice(row.owner, row),
      describe: (row) => describeOwner(row.owner) + describePrice(row),
      retire: null,
    },
    context,
  );
}

function declarePrice(entry: DeclaredPrice, owner: string, label: string): DeclaredRow<PriceEntity> {
  const { providerKind, upstreamModel, effectiveFrom, source } = entry;
  const price = convertPrice(entry);
  return {
    identity: identifyPrice(owner, entry),
    label: label + describePrice(entry),
    values: () => ({ owner, providerKind, upstreamModel, effectiveFrom, price, source }),
  };
}

function identifyPrice(owner: string, { providerKind, upstreamModel, effectiveFrom }: PriceIdentity): string {
  return buildIdentity(owner, providerKind, upstreamModel, effectiveFrom);
}

function describePrice({ providerKind, upstreamModel, effectiveFrom }: PriceIdentity): string {
  return `prices/${providerKind}/${upstreamModel}/${effectiveFrom}`;
}
