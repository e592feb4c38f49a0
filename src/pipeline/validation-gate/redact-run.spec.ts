import fc from 'fast-check';
import type { DetectorConfig } from '../../tenancy/config-snapshot.js';
import { compileDetector } from './compile-detector.js';
import type { TextDetector } from './detector.port.js';
import { redactRun } from './redact-run.js';
import { ScannedText } from './scan-text.js';
import { CARD, EMAIL, SECRET } from './testing/policies.js';
import { buildSecretSamples } from './testing/secret-samples.js';

const KEYWORD: DetectorConfig = {
  type: 'keyword',
  id: 'keyword',
  severity: 'low',
  keywords: ['9999', 'project x', 'redacted', 'email'],
};
const REGEX: DetectorConfig = {
  type: 'regex',
  id: 'regex',
  severity: 'low',
  pattern: 'ACME-[0-9]+|[0-9]{3}-[0-9]{4}',
};

const detectors = [EMAIL, CARD, SECRET, KEYWORD, REGEX]
  .map(compileDetector)
  .filter((one) => one.kind !== 'size');

const redact = (texts: readonly string[], using: readonly TextDetector[] = detectors) => {
  const run = texts.map((text, index) => ({ path: [index], text }));
  const changed = new Map(redactRun(using, run).map(({ path, text }) => [path[0], text]));
  return texts.map((text, index) => changed.get(index) ?? text);
};
const countAll = (texts: readonly string[]) =>
  [...texts, texts.join('')].flatMap((text) =>
    detectors.map((one) => new ScannedText(text).countMatches(one)),
  );

const TOKEN = ['gh', 'p_', 'abcdefghijklmnopqrstuvwxyz0123456789'].join('');

const piece = fc.oneof(
  fc.constantFrom(
    'alice@example.com',
    '4111 1111 1111 1111',
    '4111111111111111',
    '5555-5555-5555-4444',
    TOKEN,
  ),
  fc.constantFrom(
    'Project X',
    '9999',
    'ACME-77',
    '555-1234',
    '[REDACTED:email]',
    '[REDACTED:',
    'redacted',
    ']',
  ),
  fc.constantFrom(
    ' ',
    '\n',
    '-',
    '.',
    '@',
    '4',
    '11',
    '\\',
    '\\n',
    '\\u0040',
    '\u200b',
    '４',
    'a',
    'ü',
    '语',
    '"',
  ),
  fc.constantFrom(...buildSecretSamples(5).map(({ text }) => text)),
);
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));

describe('redaction', () => {
  it('leaves nothing that a detector finds, in one text or over the borders of several', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (texts) => {
        expect(countAll(redact(texts)).every((count) => count === 0)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('changes nothing a second time', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (texts) => {
        const once = redact(texts);
        expect(redact(once)).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  it('empties no text, and fills none that was empty', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (texts) => {
        expect(redact(texts).map((value) => value === '')).toEqual(texts.map((value) => value === ''));
      }),
    );
  });

  it('keeps tool arguments parsable where matches do not hold quotes', () => {
    const value = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('').replaceAll('"', ''));
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [redacted = ''] = redact([JSON.stringify({ a, b: [b] })]);
        fc.pre(!redacted.startsWith('[REDACTED:'));
        expect(Object.keys(JSON.parse(redacted))).toEqual(['a', 'b']);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps what is around the matches', () => {
    expect(redact(['To alice@example.com, card 4111 1111 1111 1111 (ACME-1).'])).toEqual([
      'To [REDACTED:email], card [REDACTED:payment-card] ([REDACTED:regex]).',
    ]);
  });

  it('has one mark where matches overlap', () => {
    expect(redact(['see ACME-9999, Project X9999'])).toEqual([
      'see [REDACTED:regex], [REDACTED:keyword][REDACTED:keyword]',
    ]);
  });

  it('takes out both ends of what two parts hold', () => {
    expect(redact(['card 4111 1111 ', '1111 1111 thanks'])).toEqual([
      'card [REDACTED:payment-card]',
      '[REDACTED:payment-card] thanks',
    ]);
  });

  it('takes out what only escapes or invisible characters hide', () => {
    expect(redact(['{"to":"alice\\u0040example.com"}', 'x'])).toEqual(['{"to":"[REDACTED:email]"}', 'x']);
    expect(redact(['4111\u200b1111\u200b1111\u200b1111'])).toEqual(['[REDACTED:payment-card]']);
  });

  it('looks again at what a redaction brought forth', () => {
    // Without the keyword, the number is no longer too long for a card.
    expect(redact(['99994111111111111111'])).toEqual(['[REDACTED:keyword][REDACTED:payment-card]']);
  });

  it('replaces the whole text when a pattern finds something new after every round', () => {
    const pattern: DetectorConfig = { type: 'regex', id: 'r', severity: 'low', pattern: 'x|[a-w ]\\[R' };
    const using = [compileDetector(pattern)].filter((one) => one.kind !== 'size');
    expect(redact(['abc x'], using)).toEqual(['[REDACTED:regex]']);
    expect(redact(['abcdefghijklmnop x!'], using)).toEqual(['[REDACTED:regex]']);
  });
});
