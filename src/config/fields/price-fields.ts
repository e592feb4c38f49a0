import { z } from 'zod';
import { providerKindField } from './provider-fields.js';
import { line, upstreamModelField } from './text-fields.js';
import { dayField } from './time-fields.js';

/** Where a price comes from: a price list, a contract. Empty: nobody said. */
export const priceSourceField = z.union([z.literal(''), line(512)], {
  error: 'must be one line of text, without spaces around it',
});

/** Besides the price itself and its source. */
export const datedPriceFields = {
  providerKind: providerKindField,
  upstreamModel: upstreamModelField,
  /** First day the price holds, UTC. */
  effectiveFrom: dayField,
};
