import fc from 'fast-check';

const SPACED = [
  '',
  ' ',
  ' a',
  'a ',
  'a b',
  '\ta',
  'a\u00a0',
  '\u2003a',
  '\ufeffa',
  'a\ufeff',
  'a\ufeffb',
  '\u0085a',
];
const CONTROLS = '\u0000\n\r\u0085\u2028\u2029\u007f\u001b\u200b';
const YAML_WORDS = [
  'null',
  '~',
  'true',
  'no',
  '1e3',
  '0x10',
  '1_0',
  '2026-01-01',
  '- a',
  '# a',
  'a #b',
  'a: b',
  '? a',
];
const YAML_MARKS = '" \' << = {a} [a] !a &a *a @a ` %a | > , --- ...';
/** What means something here. */
const MEANT = [
  'gpt-*',
  '*',
  'k #2',
  'auto:requests/60s',
  '__proto__',
  'constructor',
  'platform',
  'a=b',
  'a=b=c',
];

/** Texts at the borders of what fields hold, of YAML, of Unicode, and of what means something inside. */
function listEdgeTexts(max: number): string[] {
  const sized = [max - 1, max, max + 1].map((length) => 'x'.repeat(length));
  const wide = ['\u{1f600}'.repeat(Math.floor(max / 2)), `${'x'.repeat(119)}\u{1f600}${'y'.repeat(7)}`];
  const inside = Array.from(CONTROLS, (control) => `a${control}b`);
  return [
    ...sized,
    ...wide,
    ...inside,
    'a\ud800b',
    ...SPACED,
    ...YAML_WORDS,
    ...YAML_MARKS.split(' '),
    ...MEANT,
  ];
}

export const edgeText = (max: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...listEdgeTexts(max)) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  );

export const name = () => edgeText(128);
export const modelName = () => edgeText(256);
export const flag = () => fc.boolean();
export const wholes = (...edges: number[]) =>
  fc.constantFrom(...edges.flatMap((edge) => [edge - 1, edge, edge + 1]), -0, 0.5, 2 ** 53);
export const ratio = () => fc.constantFrom(0, 1, 0.1, 5e-324, 1e-7, 1.5, -0);
export const usd = () =>
  fc.constantFrom(
    '0',
    '0.000000001',
    '00.10',
    '1.5000',
    '1000000',
    '1000000.000000001',
    '9000000',
    '9223372036',
    '9223372036.854775807',
    '9223372037',
    '-1',
    '1e3',
    '',
    '.5',
  );
export const moment = () =>
  fc.constantFrom(
    null,
    '2040-01-01T00:00:00Z',
    '2040-01-01T00:00:00.123456+05:30',
    '9999-12-31T23:59:59-14:00',
    '9999-12-31T23:59:59.999Z',
    '0000-01-01T00:00:00+14:00',
    '0001-01-01T00:00:00Z',
    '2000-01-01T00:00:00Z',
    '2040-02-30T00:00:00Z',
  );
export const day = () =>
  fc.constantFrom(
    '0000-01-01',
    '0001-01-01',
    '1999-02-29',
    '2024-02-29',
    '2026-01-31',
    '9999-12-31',
    '10000-01-01',
  );
export const url = () =>
  fc.constantFrom(
    'https://hooks.invalid/a?b=c#d',
    'http://user:pass@hooks.invalid/',
    'https://user@hooks.invalid',
    ' https://hooks.invalid',
    'https://hooks.invalid/a b',
    'https://hooks.invalid/\u0085',
    'https://hooks.invalid/\u00e4',
    'ftp://hooks.invalid',
    'https:',
    `https://hooks.invalid/${'x'.repeat(2_026)}`,
    `https://hooks.invalid/${'x'.repeat(2_027)}`,
  );
export const tag = () =>
  fc.oneof(
    fc.constantFrom('team=a', 'a=b c ', 'a=\u0085', `a=${'x'.repeat(128)}`, '__proto__=x'),
    edgeText(128),
  );
export const price = () =>
  fc
    .record(
      { inputUsdPerMTok: usd(), outputUsdPerMTok: usd(), reasoningUsdPerMTok: usd() },
      { requiredKeys: [] },
    )
    .map((given) => ({ inputUsdPerMTok: '1', outputUsdPerMTok: '2', ...given }));
export const timeouts = () =>
  fc.record({ connectMs: wholes(1, 86_400_000), totalMs: wholes(1) }, { requiredKeys: [] });
export const upstreamModel = () =>
  fc.oneof(fc.constantFrom('sim:nonsense=2', 'sim:', 'sim:tokens=5', 'sim:tokens=0', 'SIM:x'), modelName());
