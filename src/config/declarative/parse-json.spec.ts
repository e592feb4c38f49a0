import fc from 'fast-check';
import { isJsonObject, type JsonPath } from '../../common/json.js';
import { parseJson } from './parse-json.js';
import { parseYaml } from './parse-yaml.js';

function listPaths(value: unknown, path: JsonPath = []): JsonPath[] {
  const members = Array.isArray(value)
    ? value.map((item, index) => [index, item] as const)
    : isJsonObject(value)
      ? Object.entries(value)
      : [];
  return [path, ...members.flatMap(([name, member]) => listPaths(member, [...path, name]))];
}

const listFaults = (text: string) => {
  const result = parseJson(text);
  return result === null || result.ok ? result?.ok : result.faults;
};

describe('parseJson', () => {
  it('reads what JSON.parse reads, and finds the lines that the YAML parser finds', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom(0, 2, '\t', ' '), (json, indentation) => {
        const value: unknown = JSON.parse(json);
        const text = JSON.stringify(value, null, indentation);
        const result = parseJson(text);
        expect(result).toMatchObject({ ok: true });
        if (result?.ok !== true) return;
        expect(result.parsed.value).toEqual(value);
        // The YAML parser has no name for what JSON calls `__proto__`, and a tab is no indentation to it.
        if (json.includes('__proto__') || indentation === '\t') return;
        const yaml = parseYaml(text);
        if (!yaml.ok) return;
        const paths = listPaths(value);
        expect(result.parsed.findLines(paths)).toEqual(yaml.parsed.findLines(paths));
      }),
    );
  });

  it('finds the nearest line around what is missing, in any order', () => {
    const text = '{\n  "a": [\n    {"b": 1},\n    {}\n  ],\n  "c\\"]": "x\\\\"\n}';
    const result = parseJson(text);
    const paths: JsonPath[] = [['c"]', 'd'], ['a', 1, 'x'], ['a', 0, 'b'], ['z'], []];
    expect(result?.ok === true && result.parsed.findLines(paths)).toEqual([6, 4, 3, null, null]);
  });

  it.each([
    ['{"a": 1,\n "a": 2}', 2],
    ['{"a": 1, "\\u0061": 2}', 1],
    ['{"x": [{"a": {"b": 1}, "c": [],\n\n"a": {}}]}', 3],
  ])('refuses a member that stands twice, however it is written: %s', (text, line) => {
    expect(listFaults(text)).toEqual([{ path: '', line, message: 'has a member twice' }]);
  });

  it('takes the same name in different objects, and texts that look like structure', () => {
    expect(listFaults('[{"a": 1}, {"a": {"a": "a\\",\\"a\\":"}}, "{\\"a\\":1,\\"a\\":2}", [[], {}]]')).toBe(
      true,
    );
  });

  it.each(['a: 1', '{a: 1}', '', "{'a': 1}", '{"a": 1,}'])(
    'is not asked about what is not JSON: %j',
    (text) => {
      expect(parseJson(text)).toBeNull();
    },
  );

  it('refuses depth without end, and more values than any document has', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(listFaults(deep)).toMatchObject([{ message: 'is nested too deeply' }]);
    const many = `[${'0,'.repeat(6_000_000)}0]`;
    expect(listFaults(many)).toMatchObject([{ message: 'has more than 6000000 values' }]);
  });
});
