import fc from 'fast-check';

/** Texts that have broken something somewhere. None holds a word that the answers are searched for. */
const HOSTILE_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udfff\ud800y',
  '\u202e\u200b\ufeff',
  '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}',
  'e\u0301'.repeat(40),
  '\r\nset-cookie: a=b',
  "'; DROP TABLE tenants; --",
  '" OR ""="',
  '1 OR 1=1',
  '$1',
  '%',
  '_%',
  '\\',
  '../../../etc/passwd',
  '<script>alert(1)</script>',
  '${jndi:ldap://127.0.0.1/a}',
  '{{7*7}}',
  '=1+1',
  '__proto__',
  'constructor',
  'platform',
  'null',
  'NaN',
  'Infinity',
  '-0',
  '1e999',
  '0x10',
  '9007199254740993',
  '2026-02-30T00:00:00Z',
  '+275760-09-13T00:00:00.000Z',
  '0000-01-01T00:00:00Z',
  'x'.repeat(129),
  'x'.repeat(100_000),
  '(a+)+$'.repeat(20),
  'http://127.0.0.1:9/v1',
  'http://user:secret@127.0.0.1',
  'javascript:alert(1)',
  'file:///etc/passwd',
];

export const hostileText = (): fc.Arbitrary<string> =>
  fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary', maxLength: 60 }));

const nest = (depth: number): unknown => {
  let value: unknown = {};
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

/** JSON of every type and size; `undefined` leaves a member out. */
export const hostileJson = (): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 4, arbitrary: hostileText() },
    {
      weight: 4,
      arbitrary: fc.constantFrom<unknown>(
        undefined,
        null,
        true,
        false,
        0,
        -0,
        -1,
        0.1,
        1e-7,
        2_147_483_648,
        2 ** 53,
        1e308,
        [],
        {},
        [null],
        [[]],
        { ['__proto__']: { a: 1 } },
        { constructor: { prototype: {} } },
        { toString: 1, length: -1 },
        nest(40),
        nest(2_000),
        Array.from({ length: 5_000 }, () => 0),
        Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`m${index}`, index])),
      ),
    },
    { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  );

/** Bytes that are not what the content type says. */
export const hostileBytes = (): fc.Arbitrary<Buffer> =>
  fc.constantFrom(
    Buffer.from(''),
    Buffer.from(' '),
    Buffer.from('{'),
    Buffer.from('{"name":'),
    Buffer.from('{"name":"a","name":1}'),
    Buffer.from('{"name":1e999}'),
    Buffer.from('\ufeff{}'),
    Buffer.from('nul'),
    Buffer.from("{'name':1}"),
    Buffer.from([0xff, 0xfe, 0x00, 0x7b]),
    Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d]),
    Buffer.from([0x1f, 0x8b, 0x08, 0x00]),
    Buffer.from('['.repeat(200_000)),
    Buffer.from('{"a":'.repeat(100_000)),
    Buffer.from(`{"name":"${'x'.repeat(1_100_000)}"}`),
  );

export const hostileHeader = (): fc.Arbitrary<string> =>
  fc.constantFrom(
    '',
    '"',
    '""',
    '"0"',
    'W/"1"',
    '1',
    "'1'",
    '"1", "2"',
    '"999999999"',
    '"99999999999999999999"',
    '"-1"',
    '"1e1"',
    '"x"',
    '\u00e9\u00ff',
    "'; DROP TABLE tenants; --",
    'x'.repeat(255),
    'x'.repeat(4_000),
  );

const encodeJson = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Cursors that no list made, or not this one. */
export const hostileCursor = (): fc.Arbitrary<string> =>
  fc.oneof(
    hostileText(),
    fc.constantFrom(
      encodeJson(['-createdAt', '', '0197f3a0-7c1e-7000-8000-0000000000ff']),
      encodeJson(['-createdAt', '', "' OR 1=1"]),
      encodeJson(['name', '\u0000', '0197f3a0-7c1e-7000-8000-0000000000ff']),
      encodeJson(['name', '\ud800', '0197f3a0-7c1e-7000-8000-0000000000ff']),
      encodeJson(['name', {}, []]),
      encodeJson(nest(500)),
      Buffer.from('99999999999999999/0197f3a0-7c1e-7000-8000-0000000000ff').toString('base64url'),
      Buffer.from('999999999999999/0197f3a0-7c1e-7000-8000-0000000000ff').toString('base64url'),
      '9007199254740991',
      '0',
    ),
  );
