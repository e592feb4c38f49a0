/** Money is integer nano-USD (10^-9 USD) in a bigint. 1 USD = 1_000_000_000 nano-USD. */
export type NanoUsd = bigint;

/** The most that an amount can be: what a PostgreSQL bigint of nano-USD holds, in whole USD. */
export const MAX_AMOUNT_USD = '9223372036';
/** The most that a million tokens can cost, so that what a request costs is such an amount too. */
export const MAX_PRICE_USD = '1000000';

const NANO_USD_PER_USD = 1_000_000_000n;
const DECIMALS = 9;

const USD_PATTERN = /^(\d{1,12})(?:\.(\d{1,9}))?$/;

/** Parses a non-negative decimal USD amount with at most nine decimals; null when it is not one. */
export function parseUsd(text: string): NanoUsd | null {
  const match = USD_PATTERN.exec(text);
  if (!match) return null;
  return BigInt(match[1] ?? '0') * NANO_USD_PER_USD + BigInt((match[2] ?? '').padEnd(DECIMALS, '0'));
}

/** Renders nano-USD as decimal USD without trailing zeros: 1_500_000_000n -> "1.5". */
export function renderUsd(amount: NanoUsd): string {
  // What a cached answer costs.
  if (amount === 0n) return '0';
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(DECIMALS + 1, '0');
  const whole = digits.slice(0, -DECIMALS);
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  return fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`;
}
