interface IssuerRange {
  /** First digits of the number, from and to, both included. */
  from: number;
  to: number;
  lengths: readonly number[];
}

const VISA = [13, 16, 19];
const SIXTEEN = [16];
const SIXTEEN_UP = [16, 17, 18, 19];
const MAESTRO = [13, 14, 15, 16, 17, 18, 19];

/** ISO/IEC 7812 ranges of the card schemes, as they publish them. */
const ISSUER_RANGES: readonly IssuerRange[] = [
  { from: 4, to: 4, lengths: VISA },
  { from: 51, to: 55, lengths: SIXTEEN }, // Mastercard
  { from: 2221, to: 2720, lengths: SIXTEEN }, // Mastercard
  { from: 34, to: 34, lengths: [15] }, // American Express
  { from: 37, to: 37, lengths: [15] }, // American Express
  { from: 6011, to: 6011, lengths: SIXTEEN_UP }, // Discover
  { from: 644, to: 649, lengths: SIXTEEN_UP }, // Discover
  { from: 65, to: 65, lengths: SIXTEEN_UP }, // Discover, RuPay, Troy
  { from: 62, to: 62, lengths: SIXTEEN_UP }, // UnionPay
  { from: 81, to: 81, lengths: SIXTEEN }, // UnionPay, RuPay
  { from: 3528, to: 3589, lengths: SIXTEEN_UP }, // JCB
  { from: 300, to: 305, lengths: [14, 16, 19] }, // Diners Club
  { from: 3095, to: 3095, lengths: [14, 16, 19] }, // Diners Club
  { from: 36, to: 36, lengths: [14, 16, 19] }, // Diners Club
  { from: 38, to: 39, lengths: [14, 16, 19] }, // Diners Club
  { from: 2200, to: 2204, lengths: SIXTEEN_UP }, // Mir
  { from: 508, to: 508, lengths: SIXTEEN }, // RuPay
  { from: 5018, to: 5018, lengths: MAESTRO },
  { from: 5020, to: 5020, lengths: MAESTRO },
  { from: 5038, to: 5038, lengths: MAESTRO },
  { from: 5893, to: 5893, lengths: MAESTRO },
  { from: 6304, to: 6304, lengths: MAESTRO },
  { from: 6759, to: 6759, lengths: MAESTRO },
  { from: 6761, to: 6763, lengths: MAESTRO },
  { from: 5060, to: 5061, lengths: [16, 18, 19] }, // Verve
  { from: 9792, to: 9792, lengths: SIXTEEN }, // Troy
];

/** Whether some scheme issues numbers that begin and are as long as these digits. */
export function isIssued(digits: readonly number[]): boolean {
  return ISSUER_RANGES.some(({ from, to, lengths }) => {
    if (!lengths.includes(digits.length)) return false;
    let prefix = 0;
    for (let index = 0; index < String(from).length; index++) prefix = prefix * 10 + (digits[index] ?? 0);
    return prefix >= from && prefix <= to;
  });
}

/** The check digit of ISO/IEC 7812-1, annex B. */
export function passesLuhn(digits: readonly number[]): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits[digits.length - 1 - index] ?? 0;
    if (index % 2 === 0) sum += digit;
    else sum += digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}
