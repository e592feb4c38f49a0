import {
  amountUsdSchema,
  priceSchema as filePriceSchema,
} from '../../config/declarative/schema/money.schema.js';
import { amountUsdField, priceSchema } from './money-fields.js';

const priceOf = (text: string) => ({ inputUsdPerMTok: text, outputUsdPerMTok: '0' });

describe('amounts of USD', () => {
  it.each([
    ['0', false],
    ['0.000000001', true],
    ['0.0000000001', false],
    ['12.50', true],
    ['9000000.5', true],
    ['9223372036', true],
    ['9223372036.000000001', false],
    ['9223372037', false],
    ['-1', false],
    ['1e3', false],
  ])('are the same for the API and for the file: %s', (text, isAccepted) => {
    expect(amountUsdField.safeParse(text).success).toBe(isAccepted);
    expect(amountUsdSchema.safeParse(text).success).toBe(isAccepted);
  });

  it.each([
    ['0', true],
    ['1000000', true],
    ['1000000.000000001', false],
  ])('are the same as prices: %s', (text, isAccepted) => {
    expect(priceSchema.safeParse(priceOf(text)).success).toBe(isAccepted);
    expect(filePriceSchema.safeParse(priceOf(text)).success).toBe(isAccepted);
  });
});
