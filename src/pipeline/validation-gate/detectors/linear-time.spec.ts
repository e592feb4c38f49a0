import type { TextDetector } from '../detector.port.js';
import { foldText } from '../fold-text.js';
import { EmailDetector } from './email-detector.js';
import { KeywordDetector } from './keyword-detector.js';
import { PaymentCardDetector } from './payment-card-detector.js';
import { RegexDetector } from './regex-detector.js';
import { SecretDetector } from './secret-detector.js';

const DETECTORS: Record<string, TextDetector> = {
  email: new EmailDetector(),
  'payment-card': new PaymentCardDetector(),
  secret: new SecretDetector(),
  keyword: new KeywordDetector(['a', 'aa', 'aaa', 'aaaa', 'aaaaaaaa', '1 1', '@'], true),
  regex: new RegexDetector({ pattern: '(a+)+z|(\\d| )+x|a(?:.*y)?', isCaseInsensitive: false }),
  folding: { kind: 'regex', findMatches: (text) => (foldText(text) === null ? [] : [{ start: 0, end: 1 }]) },
};

const pieces = (...parts: string[]) => parts.join('');
const HOSTILE: Record<string, string> = {
  digits: '4',
  'digits with spaces': '4 ',
  'digits with dashes': '11-',
  'groups of digits': '4111 ',
  'runs of twelve': '111111111111x',
  ats: '@',
  'addresses without an end': 'a@',
  'addresses in a row': 'a@b.co@',
  dots: 'a.',
  backslashes: '\\',
  escapes: '\\u0040',
  'zero-width characters': '\u200b',
  letters: 'a',
  'token starts': pieces('gl', 'pat-'),
  'web token starts': 'eyJ',
  'web token starts with dashes': 'eyJ-',
  'web token starts with dots': 'eyJaaaaaaaaa.',
  'installation token starts': pieces('gh', 's_1_aaaaaaaa'),
  'key headers': pieces('-----BEGIN ', 'PRIVATE KEY-----'),
  'key headers with a body': pieces('-----BEGIN ', 'PRIVATE KEY-----', 'A'.repeat(40)),
  'URLs with a user': '://a:',
  'URLs with a password': '://a:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  'authorization headers': 'authorization: bearer ',
  'line breaks after a key': '\n',
};

/** Engines keep a stack of what they might take back. */
const ENDLESS: Record<string, string> = {
  'a token': pieces('gl', 'pat-'),
  'a web token': `${pieces('ey', 'JAAAAAAAA.ey', 'JAAAAAAAA')}.`,
  'a private key': pieces('-----BEGIN ', 'PRIVATE KEY-----', '\n'),
};

const UNITS = 20_000;
/** Fewer than the matches after which a regex detector stops counting. */
const REGEX_UNITS = 2_000;
const RUNS = 3;
const ATTEMPTS = 3;

/** Four times the text may take four times as long; quadratic time would be sixteen. */
const MAX_RATIO = 9;
/** Below this the clock and the collector decide. */
const NEGLIGIBLE_MICROSECONDS = 3_000;

describe.each(Object.entries(DETECTORS))('%s detector', (_, detector) => {
  it.each(Object.entries(HOSTILE))('takes time in proportion to a text of %s', (_name, piece) => {
    const units = detector instanceof RegexDetector ? REGEX_UNITS : UNITS;
    const short = repeat(piece, units);
    const long = repeat(piece, units * 4);
    measure(detector, short);
    // Others use the machine, too: what takes quadratic time does so each time.
    let ratio = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < ATTEMPTS && ratio >= MAX_RATIO; attempt += 1) {
      const shortMicroseconds = measure(detector, short);
      const longMicroseconds = measure(detector, long);
      ratio = longMicroseconds < NEGLIGIBLE_MICROSECONDS ? 1 : longMicroseconds / shortMicroseconds;
    }
    expect(ratio).toBeLessThan(MAX_RATIO);
  });
});

it.each(Object.entries(ENDLESS))('a secret detector survives %s that does not end', (_, start) => {
  const text = `${start}${'A'.repeat(17_000_000)}`;
  expect(DETECTORS.secret?.findMatches(text)).toEqual([{ start: 0, end: text.length }]);
});

function repeat(piece: string, length: number): string {
  return piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
}

/** Processor time of the fastest of some runs. */
function measure(detector: TextDetector, text: string): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const before = process.cpuUsage();
    detector.findMatches(text);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, user + system);
  }
  return best;
}
