import { detectorSchema, detectorsSchema } from './detector.schema.js';

const base = { id: 'rule-1', severity: 'high' };
const messages = (input: unknown) =>
  detectorSchema.safeParse(input).error?.issues.map(({ path, message }) => [path.join('.'), message]);

describe('detector schema', () => {
  it.each([
    { ...base, type: 'keyword', keywords: ['internal only'], wholeWord: true },
    { ...base, type: 'regex', pattern: 'ACME-\\d+', caseInsensitive: true },
    { ...base, type: 'email' },
    { ...base, type: 'payment-card' },
    { ...base, type: 'secret' },
    { ...base, type: 'size', maxCharacters: 1 },
  ])('accepts a $type detector as it is', (input) => {
    expect(detectorSchema.parse(input)).toEqual(input);
  });

  it.each([
    ['an unknown type', { ...base, type: 'sentiment' }, 'type'],
    ['a field of another type', { ...base, type: 'email', keywords: ['a'] }, ''],
    ['an unknown severity', { ...base, type: 'email', severity: 'fatal' }, 'severity'],
    ['an id that does not fit into a header', { ...base, type: 'email', id: 'a b' }, 'id'],
    ['no keywords', { ...base, type: 'keyword', keywords: [] }, 'keywords'],
    ['a blank keyword', { ...base, type: 'keyword', keywords: ['a', ' '] }, 'keywords.1'],
    ['a keyword that is too long', { ...base, type: 'keyword', keywords: ['a'.repeat(201)] }, 'keywords.0'],
    [
      'too many keywords',
      { ...base, type: 'keyword', keywords: Array.from({ length: 1_001 }, String) },
      'keywords',
    ],
    [
      'keywords that are too long together',
      { ...base, type: 'keyword', keywords: Array.from({ length: 51 }, (_, n) => `${n}`.padEnd(200, 'x')) },
      'keywords',
    ],
    ['a size of nothing', { ...base, type: 'size', maxCharacters: 0 }, 'maxCharacters'],
    [
      'a size that is no number of characters',
      { ...base, type: 'size', maxCharacters: 1.5 },
      'maxCharacters',
    ],
  ])('refuses %s', (_, input, field) => {
    expect(messages(input)?.map(([path]) => path)).toEqual([field]);
  });

  it('says what is wrong with a pattern', () => {
    expect(messages({ ...base, type: 'regex', pattern: '(a' })).toEqual([
      ['pattern', expect.stringContaining('missing closing )')],
    ]);
  });
});

describe('detectors schema', () => {
  const email = { ...base, type: 'email' };

  it('refuses an id that two detectors have', () => {
    const { error } = detectorsSchema.safeParse([
      email,
      { ...email, id: 'rule-2' },
      { ...base, type: 'secret' },
    ]);
    expect(error?.issues.map(({ path }) => path)).toEqual([[2, 'id']]);
  });

  it('refuses a policy that looks for nothing', () => {
    expect(detectorsSchema.safeParse([]).success).toBe(false);
  });
});
