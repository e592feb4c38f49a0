import fc from 'fast-check';
import type { TextSpan } from '../detector.port.js';
import { mergeNaively } from '../testing/merge-naively.js';
import { isIssued, passesLuhn } from './card-issuers.js';
import { PaymentCardDetector } from './payment-card-detector.js';

const find = (text: string) =>
  new PaymentCardDetector().findMatches(text).map(({ start, end }) => text.slice(start, end));
const digitsOf = (text: string) => Array.from(text.replace(/\D/g, ''), Number);

/** Numbers that the schemes publish for tests. */
const TEST_CARDS = [
  ...['4111111111111111', '4012888888881881', '4222222222222', '5555555555554444', '5105105105105100'],
  ...['2223003122003222', '378282246310005', '371449635398431', '6011111111111117', '6011000990139424'],
  ...['30569309025904', '38520000023237', '36227206271667', '3530111333300000', '3566002020360505'],
  ...['6200000000000005', '6205500000000000004', '2200000000000004', '6759649826438453'],
];

const prefix = fc.constantFrom('4', '51', '2221', '34', '37', '6011', '3528', '36', '62', '99', '1');
/** A number with a right check digit, of an issuer or not. */
const luhnNumber = fc
  .tuple(prefix, fc.integer({ min: 12, max: 20 }), fc.array(fc.nat(9), { minLength: 20, maxLength: 20 }))
  .map(([start, length, rest]) => {
    const body = (start + rest.join('')).slice(0, length - 1);
    const last = Array.from({ length: 10 }, (_, digit) => digit).find((digit) =>
      passesLuhn([...digitsOf(body), digit]),
    );
    return `${body}${last}`;
  });

describe('payment card detector', () => {
  it.each(TEST_CARDS)('finds %s', (card) => {
    expect(find(`Pay with ${card}, please.`)).toEqual([card]);
  });

  it.each([
    ['in groups', '4111 1111 1111 1111'],
    ['in groups with dashes', '4111-1111-1111-1111'],
    ['as American Express prints it', '3782 822463 10005'],
    ['digit by digit', '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1'],
    ['digit by digit with dashes', '4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1'],
    ['with a last group of one', '4222 2222 2222 2'],
  ])('finds a card %s', (_, card) => {
    expect(find(`no: ${card}.`)).toEqual([card]);
  });

  it('finds a card among other numbers of the same row', () => {
    expect(find('4111 1111 1111 1111 123')).toEqual(['4111 1111 1111 1111']);
    expect(find('2026 4111 1111 1111 1111 1226')).toEqual(['4111 1111 1111 1111']);
    expect(find('4111111111111111 5555555555554444')).toEqual(['4111111111111111', '5555555555554444']);
  });

  it.each([
    ['a longer number', '94111111111111111111'],
    ['a wrong check digit', '4111111111111112'],
    ['an unknown issuer', '9111111111111111'],
    ['a fraction', '0.4111111111111111 and 4111111111111111.25'],
    ['a row of unlike numbers', '3 5 3 11 3 5 3 7 2 0 2 0 2 0 2'],
    ['a time in milliseconds', '1700000000000 1700000000000000'],
    ['two spaces in between', '4111 1111  1111 1111'],
  ])('takes %s for no card', (_, text) => {
    expect(find(text)).toEqual([]);
  });

  it('finds exactly what trying all places finds', () => {
    const run = fc.oneof(luhnNumber, fc.stringMatching(/^[0-9]{1,7}$/));
    const separator = fc.constantFrom(' ', '-', ', ', '\n', '  ', '.', 'x');
    const text = fc.array(fc.tuple(run, separator), { maxLength: 8 }).map((pairs) => pairs.flat().join(''));
    fc.assert(
      fc.property(text, (value) => {
        expect(new PaymentCardDetector().findMatches(value)).toEqual(findNaively(value));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('Luhn check', () => {
  it('accepts exactly one last digit', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 12, maxLength: 18 }), (body) => {
        expect(
          Array.from({ length: 10 }, (_, last) => passesLuhn([...body, last])).filter(Boolean),
        ).toHaveLength(1);
      }),
    );
  });

  it('notices every single wrong digit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TEST_CARDS),
        fc.nat(18),
        fc.integer({ min: 1, max: 9 }),
        (card, place, change) => {
          const digits = digitsOf(card);
          const index = place % digits.length;
          digits[index] = ((digits[index] ?? 0) + change) % 10;
          expect(passesLuhn(digits)).toBe(false);
        },
      ),
    );
  });
});

/** All sequences of whole runs, joined by one space or dash; slow, and plain. */
function findNaively(text: string): TextSpan[] {
  const runs = Array.from(text.matchAll(/[0-9]+/g), (match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
  const cards: TextSpan[] = [];
  for (let first = 0; first < runs.length; first++) {
    for (let last = first; last < runs.length; last++) {
      const span = { start: runs[first]?.start ?? 0, end: runs[last]?.end ?? 0 };
      if (isCard(text, span)) cards.push(span);
    }
  }
  return mergeNaively(cards);
}

function isCard(text: string, { start, end }: TextSpan): boolean {
  const written = text.slice(start, end);
  if (!/^[0-9]+(?:[ -][0-9]+)*$/.test(written)) return false;
  const lengths = written.split(/[ -]/).map((part) => part.length);
  const isWholeRow = !/[0-9][ -]$/.test(text.slice(0, start)) && !/^[ -][0-9]/.test(text.slice(end));
  const isEven = lengths.every(
    (length, index) => length === lengths[0] || (index === lengths.length - 1 && length < (lengths[0] ?? 0)),
  );
  if (!lengths.every((length) => length >= 3) && !(isWholeRow && isEven)) return false;
  const hasPoint = [...written.split(/[ -]/).keys()].some((index) => {
    const from = start + lengths.slice(0, index).reduce((sum, length) => sum + length + 1, 0);
    const to = from + (lengths[index] ?? 0);
    return /[0-9]\.$/.test(text.slice(0, from)) || /^\.[0-9]/.test(text.slice(to));
  });
  const digits = digitsOf(written);
  return !hasPoint && digits.length >= 13 && digits.length <= 19 && isIssued(digits) && passesLuhn(digits);
}
