import type { DeclarativeConfig } from '../../config/declarative/declarative-config.js';
import type { PriceEntity } from '../../storage/database/entities/price.entity.js';
import { convertPrice } from './convert-price.js';
import type { CurrentRows } from './current-rows.js';
import { buildIdentity } from './declared-owners.js';
import { type PlanContext, planRows, type RowsPlan } from './plan-rows.js';

type PriceIdentity = Pick<PriceEntity, 'providerKind' | 'upstreamModel' | 'effectiveFrom'>;

const OWNER = 'platform';

/** A price that has left the file is deleted: it has no other way not to hold, and what it has cost is in the ledger. */
export function planPrices(
  config: DeclarativeConfig,
  current: CurrentRows,
  context: PlanContext,
): RowsPlan<PriceEntity> {
  return planRows<PriceEntity>(
    {
      kind: 'price',
      declared: config.prices.map((entry) => {
        const { providerKind, upstreamModel, effectiveFrom, source } = entry;
        return {
          identity: identifyPrice(entry),
          label: describePrice(entry),
          values: () => ({
            owner: OWNER,
            providerKind,
            upstreamModel,
            effectiveFrom,
            price: convertPrice(entry),
            source,
          }),
        };
      }),
      current: current.prices,
      identify: (row) => (row.owner === OWNER ? identifyPrice(row) : null),
      describe: describePrice,
      retire: null,
    },
    context,
  );
}

function identifyPrice({ providerKind, upstreamModel, effectiveFrom }: PriceIdentity): string {
  return buildIdentity(providerKind, upstreamModel, effectiveFrom);
}

function describePrice({ providerKind, upstreamModel, effectiveFrom }: PriceIdentity): string {
  return `prices/${providerKind}/${upstreamModel}/${effectiveFrom}`;
}
