import fc from 'fast-check';
import { GatewayError } from '../../errors/gateway-error.js';
import { foldText } from '../validation-gate/fold-text.js';
import { scanJsonBody } from './scan-json-body.js';
import { findJsonFault } from './scan-json-body-fault.js';

const scan = (text: string) => scanJsonBody(Buffer.from(text));

function catchError(run: () => unknown): GatewayError {
  try {
    run();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown');
}

const slice = (text: string, span: { start: number; end: number } | null) =>
  span === null ? null : Buffer.from(text).subarray(span.start, span.end).toString();

/** JSON text in which whitespace and escapes are as wild as the grammar allows; names within an object stay unique. */
const whitespace = fc.constantFrom('', '', ' ', '\n', '\t ', ' \r\n ');
const stringToken = (text: string, mask: number): string => {
  let token = '"';
  let index = 0;
  for (const unit of text.split('')) {
    const mustEscape = unit < ' ' || unit === '"' || unit === '\\' || (unit >= '\ud800' && unit <= '\udfff');
    token +=
      mustEscape || ((mask >> (index++ & 7)) & 1) === 1
        ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
        : unit;
  }
  return `${token}"`;
};
const anyString = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    'model',
    'stream_options',
    '\\',
    '\\\\"',
    '"',
    '{',
    '[',
    ',',
    ':',
    'x'.repeat(90),
    '\\"'.repeat(40),
  ),
);
/** `__proto__` is refused at any depth; it has tests of its own. */
const memberName = anyString.filter((name) => name !== '__proto__');
/** A JSON text and what it means. Not read with `JSON.parse`, which misreads escaped names. */
interface Sample<Value = unknown> {
  text: string;
  value: Value;
}
const token = fc
  .tuple(anyString, fc.nat(255))
  .map(([value, mask]): Sample => ({ text: stringToken(value, mask), value }));
const primitive = fc.oneof(
  token,
  fc
    .constantFrom('0', '-1.5e+7', '12', 'true', 'false', 'null')
    .map((text): Sample => ({ text, value: JSON.parse(text) })),
);
const { value } = fc.letrec<{ value: Sample; object: Sample; array: Sample }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, primitive, tie('object'), tie('array')),
  array: fc.array(fc.tuple(whitespace, tie('value'), whitespace), { maxLength: 5 }).map((items): Sample => ({
    text: `[${items.map(([before, { text }, after]) => before + text + after).join(',')} ]`,
    value: items.map(([, item]) => item.value),
  })),
  object: members(tie('value')),
}));
function members(of: fc.Arbitrary<Sample>): fc.Arbitrary<Sample<Record<string, unknown>>> {
  return fc
    .uniqueArray(fc.tuple(memberName, fc.nat(255), whitespace, whitespace, of, whitespace), {
      maxLength: 24,
      selector: ([name]) => name,
    })
    .map((list) => ({
      text: `{ ${list.map(([name, mask, a, b, { text }, c]) => `${a}${stringToken(name, mask)}${b}:${b}${text}${c}`).join(',')}}`,
      value: Object.fromEntries(list.map(([name, , , , item]) => [name, item.value])),
    }));
}
const rootObject = members(value);

describe('scanJsonBody', () => {
  it('gives the values and the byte spans of model and stream_options', () => {
    const text = '{"a":"é","model" : "gpt-4o" ,"stream_options":\n{ "include_usage" : true } }';
    const body = scan(text);
    expect(body.json).toEqual({ a: 'é', model: 'gpt-4o', stream_options: { include_usage: true } });
    expect(slice(text, body.modelSpan)).toBe('"gpt-4o"');
    expect(slice(text, body.streamOptionsSpan)).toBe('{ "include_usage" : true }');
    expect(body.memberCount).toBe(3);
    expect(body.objectEnd).toBe(Buffer.byteLength(text) - 1);
  });

  it('finds the model behind an escaped name and not in a nested object', () => {
    const text = '{"x":{"model":"inner"},"\\u006dodel":"outer"}';
    expect(slice(text, scan(text).modelSpan)).toBe('"outer"');
    expect(scan('{"x":{"model":"inner"}}').modelSpan).toBeNull();
  });

  it.each([
    ['{"a":"plain \\n \\" text"}', true],
    ['{"a":"é"}', false],
    ['{"é":1}', false],
    ['{"a":"\\u200b"}', false],
    ['{"a":"\\\\u0041"}', false],
  ])('says of %s whether it is plain ASCII', (text, isPlain) => {
    expect(scan(text).isPlainAscii).toBe(isPlain);
  });

  it('calls a body plain only when nothing in its texts would be folded', () => {
    fc.assert(
      fc.property(rootObject, ({ text }) => {
        const { isPlainAscii, json } = scan(text);
        if (!isPlainAscii) return;
        const read = (item: unknown): boolean =>
          typeof item === 'string'
            ? foldText(item) === null
            : typeof item !== 'object' ||
              item === null ||
              Object.entries(item).every(([name, member]) => read(name) && read(member));
        expect(read(json)).toBe(true);
      }),
    );
  });

  it('has no model span when model is not a string', () => {
    expect(scan('{"model":["a"]}').modelSpan).toBeNull();
    expect(scan('{"model":null}').modelSpan).toBeNull();
  });

  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"model":"a","\\u006dodel":"b"}', 'model'],
    ['{"messages":[{},{"role":"user","content":1,"content":2}]}', 'messages[1].content'],
    ['{"a":{"b":[[0,{"c":1,"c":2}]]}}', 'a.b[0][1].c'],
    [`{${Array.from({ length: 40 }, (_, i) => `"m${i}":1`).join()},"m3":2}`, 'm3'],
    [`{${Array.from({ length: 40 }, (_, i) => `"m${i}":1`).join()},"\\u006d39":2}`, '\u006d39'],
  ])('refuses a member named twice and gives its path: %s', (text, param) => {
    const error = catchError(() => scan(text));
    expect(error.code).toBe('invalid_request');
    expect(error.param).toBe(param);
  });

  it('accepts the same name in different objects and as a value', () => {
    expect(() => scan('{"a":{"a":{"a":"a"}},"b":[{"a":1},{"a":2}]}')).not.toThrow();
  });

  it('accepts different names with equal hashes', () => {
    // 'Aa' and 'BB' collide under the multiplier 31.
    expect(scan('{"Aa":1,"BB":2}').memberCount).toBe(2);
    expect(catchError(() => scan('{"Aa":1,"BB":2,"Aa":3}')).param).toBe('Aa');
  });

  it.each(['{"__proto__":1}', '{"a":[{"\\u005f_proto__":{}}]}'])(
    'refuses __proto__ as a name: %s',
    (text) => {
      const error = catchError(() => scan(text));
      expect(error.code).toBe('invalid_request');
      expect(error.param).toMatch(/__proto__$/);
    },
  );

  it('reads an escaped name by its meaning, whatever names other bodies had', () => {
    scan(String.raw`{"model":"m","messages":[],"\\u0073":"x"}`);
    const hidden = scan(String.raw`{"model":"m","messages":[],"\u0073ystem":"secret"}`);
    expect(hidden.json).toEqual({ model: 'm', messages: [], system: 'secret' });
    const nested = scan(String.raw`{"a\u002fb":[{"\n":1,"\"":[2]}]}`);
    expect(nested.json).toEqual({ 'a/b': [{ '\n': 1, '"': [2] }] });
  });

  it('refuses more than 10,000 escaped names', () => {
    const name = (index: number) => String.raw`"\u0061${index}":0`;
    const body = (count: number) => `{${Array.from({ length: count }, (_, index) => name(index)).join()}}`;
    expect(scan(body(10_000)).json.a9999).toBe(0);
    expect(catchError(() => scan(body(10_001))).code).toBe('invalid_request');
  });

  it('accepts 128 levels and refuses 129 before anything is built', () => {
    const nest = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
    expect(() => scan(nest(128))).not.toThrow();
    expect(catchError(() => scan(nest(129))).code).toBe('invalid_request');
    expect(catchError(() => scan('['.repeat(1_000_000))).param).toMatch(/^\[0\]\[0\]/);
  });

  it('does not count brackets inside strings', () => {
    expect(scan(`{"a":"${'[{'.repeat(500)}\\"${'[{'.repeat(500)}"}`).memberCount).toBe(1);
  });

  it.each(['[]', '1', '"text"', 'null', ' [ {} ] '])('refuses a root that is not an object: %s', (text) => {
    expect(catchError(() => scan(text)).code).toBe('invalid_request');
  });

  it('refuses bytes that are not UTF-8, a byte order mark and nothing at all', () => {
    for (const body of [
      Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
      Buffer.from('\ufeff{}'),
      Buffer.alloc(0),
    ]) {
      expect(catchError(() => scanJsonBody(body)).code).toBe('invalid_json');
    }
  });

  it('says where JSON breaks and repeats nothing of it', () => {
    const error = catchError(() => scan('{"key":"sk-secret", nonsense}'));
    expect(error.code).toBe('invalid_json');
    expect(error.publicMessage).toBe('The request body is not valid JSON: unexpected byte at position 20.');
    expect(JSON.stringify([error.context, error.message])).not.toContain('nonsense');
    expect(catchError(() => scan('{"a":')).publicMessage).toContain('unexpected end at position 5');
  });

  it('prefers the syntax error when a text is broken and doubled', () => {
    expect(catchError(() => scan('{"a":1,"a":2')).code).toBe('invalid_json');
  });

  it('agrees with a slow reading of any valid text', () => {
    fc.assert(
      fc.property(rootObject, whitespace, whitespace, ({ text: object, value: expected }, before, after) => {
        const text = before + object + after;
        const bytes = Buffer.from(text);
        const body = scanJsonBody(bytes);
        expect(body.json).toEqual(expected);
        expect(body.memberCount).toBe(Object.keys(expected).length);
        expect(bytes[body.objectEnd]).toBe(0x7d);
        expect(bytes.subarray(body.objectEnd + 1).toString()).toMatch(/^\s*$/);
        const model = slice(text, body.modelSpan);
        expect(model === null ? undefined : JSON.parse(model)).toEqual(
          typeof expected.model === 'string' ? expected.model : undefined,
        );
        const options = slice(text, body.streamOptionsSpan);
        expect(options === null ? undefined : scan(`{"options":${options}}`).json.options).toEqual(
          expected.stream_options,
        );
        expect(options).toBe(options?.trim() ?? null);
      }),
      { numRuns: 400 },
    );
  });

  it('refuses any object that gets one of its names again', () => {
    fc.assert(
      fc.property(rootObject, fc.nat(), fc.nat(255), ({ text: object, value: expected }, pick, mask) => {
        const names = Object.keys(expected);
        fc.pre(names.length > 0);
        const again = `${object.slice(0, -1)},${stringToken(names[pick % names.length] ?? '', mask)}:0}`;
        expect(catchError(() => scan(again)).code).toBe('invalid_request');
      }),
    );
  });

  it('takes time in proportion to the size, not to its square', () => {
    const many = Buffer.from(`{${Array.from({ length: 60_000 }, (_, i) => `"${i}x":0`).join()}}`);
    const start = performance.now();
    expect(scanJsonBody(many).memberCount).toBe(60_000);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe('a body of very many values', () => {
  it('is refused before anything is built from it', () => {
    const members = (count: number) => `{"a":[${'0,'.repeat(count)}0]}`;
    expect(scan(members(499_000)).memberCount).toBe(1);
    const error = catchError(() => scan(members(500_001)));
    expect(error.publicMessage).toContain('500000 values');
  });
});

describe('findJsonFault', () => {
  const broken = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'{}[]",:\\ut0-1.e+ \nfalsn'.split('')), maxLength: 20 }),
    fc
      .tuple(rootObject, fc.nat(), fc.constantFrom('', ',', '"', '}', '\\', '0', 'x', '\n'))
      .map(([{ text }, at, put]) => {
        const position = at % text.length;
        return text.slice(0, position) + put + text.slice(position + 1);
      }),
  );

  it('finds a fault exactly where the parser does', () => {
    fc.assert(
      fc.property(broken, (text) => {
        let isValid = true;
        try {
          JSON.parse(text);
        } catch {
          isValid = false;
        }
        const fault = findJsonFault(Buffer.from(text));
        expect(fault === null).toBe(isValid);
        if (fault !== null) expect(fault).toBeLessThanOrEqual(Buffer.byteLength(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['{"a":01}', 6],
    ['{"a":tru}', 8],
    ['{"a":"\\x"}', 7],
    ['{"a":"\\u12g4"}', 10],
    ['{"a":1,}', 7],
    ['[1 2]', 3],
    ['{} {}', 3],
    ['{"a":"line\nbreak"}', 10],
    ['{"a":1.}', 7],
    ['{"a"', 4],
  ])('points at the first impossible byte of %s', (text, position) => {
    expect(findJsonFault(Buffer.from(text))).toBe(position);
  });
});
