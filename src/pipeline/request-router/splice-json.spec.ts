import fc from 'fast-check';
import type { JsonPath } from '../../common/json.js';
import { scanJsonBody } from './scan-json-body.js';
import { findValueSpans, insertMember, spliceBytes } from './splice-json.js';

function listPaths(value: unknown, path: JsonPath = []): { path: JsonPath; value: unknown }[] {
  const here = [{ path, value }];
  if (typeof value !== 'object' || value === null) return here;
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : Object.entries(value);
  return [...here, ...entries.flatMap(([name, item]) => listPaths(item, [...path, name]))];
}

const bodies = fc
  .tuple(
    fc.dictionary(
      fc.string({ unit: 'grapheme', maxLength: 8 }).filter((name) => name !== '__proto__'),
      fc.jsonValue({ maxDepth: 4 }),
    ),
    fc.constantFrom(0, 1, 3, '\t'),
  )
  .map(([json, indent]) => Buffer.from(JSON.stringify(json, null, indent)))
  .filter((body) => !body.includes('"__proto__"'));

describe('findValueSpans', () => {
  it('gives string tokens with their quotes, in the order of the paths', () => {
    const body = Buffer.from('{"a": [ "x", {"é\\u0062" : "\\"y" } ], "n": -1.5 }');
    const spans = findValueSpans(body, [['n'], ['a', 1, 'éb'], ['a', 0], ['n'], ['a']]);
    expect(spans.map(({ start, end }) => body.subarray(start, end).toString())).toEqual([
      '-1.5',
      '"\\"y"',
      '"x"',
      '-1.5',
      '[ "x", {"é\\u0062" : "\\"y" } ]',
    ]);
  });

  it('tells an index from a member that looks like one', () => {
    const body = Buffer.from('{"a":{"0":"member"},"b":["index"]}');
    expect(() => findValueSpans(body, [['a', 0]])).toThrow('does not exist');
    expect(findValueSpans(body, [['b', 0]])).toHaveLength(1);
  });

  it('finds every value of any body', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const leaves = listPaths(JSON.parse(body.toString()));
        const spans = findValueSpans(
          body,
          leaves.map(({ path }) => path),
        );
        leaves.forEach(({ value }, index) => {
          const span = spans[index];
          const text = body.subarray(span?.start, span?.end).toString();
          expect(text.trim()).toBe(text);
          expect(JSON.parse(text)).toEqual(value);
        });
      }),
    );
  });
});

describe('spliceBytes', () => {
  it('changes nothing when every value is replaced by itself, in any order', () => {
    fc.assert(
      fc.property(bodies, fc.infiniteStream(fc.nat()), (body, random) => {
        const leaves = listPaths(JSON.parse(body.toString())).filter(
          ({ value }) => typeof value !== 'object',
        );
        const spans = findValueSpans(
          body,
          leaves.map(({ path }) => path),
        );
        const edits = spans
          .map((span) => ({ ...span, replacement: Buffer.from(body.subarray(span.start, span.end)) }))
          .map((edit) => ({ edit, order: random.next().value as number }))
          .sort((a, b) => a.order - b.order)
          .map(({ edit }) => edit);
        expect(spliceBytes(body, edits).equals(body)).toBe(true);
      }),
    );
  });

  it('replaces, deletes and inserts', () => {
    const edit = (start: number, end: number, text: string) => ({
      start,
      end,
      replacement: Buffer.from(text),
    });
    const body = Buffer.from('0123456789');
    expect(
      spliceBytes(body, [edit(8, 9, 'xyz'), edit(0, 2, ''), edit(4, 4, 'A'), edit(4, 4, 'B')]).toString(),
    ).toBe('23AB4567xyz9');
  });

  it('refuses edits that overlap or leave the body', () => {
    const edit = (start: number, end: number) => ({ start, end, replacement: Buffer.alloc(0) });
    expect(() => spliceBytes(Buffer.from('0123'), [edit(0, 2), edit(1, 3)])).toThrow('overlap');
    expect(() => spliceBytes(Buffer.from('0123'), [edit(2, 5)])).toThrow('exceed');
  });
});

describe('insertMember', () => {
  it('adds one member and leaves every other byte alone', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const json = JSON.parse(body.toString()) as Record<string, unknown>;
        fc.pre(!('added' in json));
        const scanned = scanJsonBody(body);
        const longer = spliceBytes(body, [insertMember(scanned, 'added', '{"x":1}')]);
        expect(JSON.parse(longer.toString())).toEqual({ ...json, added: { x: 1 } });
        expect(longer.subarray(0, scanned.objectEnd).equals(body.subarray(0, scanned.objectEnd))).toBe(true);
      }),
    );
  });

  it('needs no comma in an empty object', () => {
    const body = Buffer.from(' { } ');
    expect(spliceBytes(body, [insertMember(scanJsonBody(body), 'a', '1')]).toString()).toBe(' { "a":1} ');
  });
});
