import { createToolCallId, parseToolArguments } from './tool-arguments.js';

describe('parseToolArguments', () => {
  it.each([
    ['', {}],
    [' \n', {}],
    ['{"a":[1,{"b":null}]}', { a: [1, { b: null }] }],
    ['{"a":', { invalid_json: '{"a":' }],
    ['"text"', { invalid_json: '"text"' }],
    ['[1]', { invalid_json: '[1]' }],
    ['null', { invalid_json: 'null' }],
  ])('reads %j', (text, expected) => {
    expect(parseToolArguments(text)).toEqual(expected);
  });

  it.each([
    ['nest too deep', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    [
      'nest too deep and hold a long number',
      `{"a":${'['.repeat(9_000)}1234567890123456789${']'.repeat(9_000)}}`,
    ],
    ['name a member twice', '{"path":"a","path":"b"}'],
    ['name a member twice, once escaped', '{"path":"a","p\\u0061th":"b"}'],
    ['name a prototype', '{"a":{"__proto__":{"isAdmin":true}}}'],
    ['name a prototype with escapes', '{"\\u005f_proto__":{"isAdmin":true},"n":1234567890123456789}'],
  ])('keeps as text arguments that %s, and they can be written again', (_, text) => {
    const value = parseToolArguments(text);
    expect(value).toEqual({ invalid_json: text });
    expect(JSON.parse(JSON.stringify(value))).toEqual(value);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it('reads names and texts that are written with escapes', () => {
    expect(parseToolArguments('{"\\u0070ath":"\\ud83d\\ude00"}')).toEqual({ path: '😀' });
  });

  it.each([
    '{"id":12345678901234567890}',
    '{"list":[0.12345678901234567890],"n":1}',
    '{"a":{"b":-9007199254740993}}',
  ])('writes numbers back digit by digit: %s', (text) => {
    expect(JSON.stringify(parseToolArguments(text))).toBe(text);
  });

  it('leaves numbers that JavaScript can hold as numbers', () => {
    expect(parseToolArguments('{"a":1,"text":"1234567890123456"}')).toEqual({
      a: 1,
      text: '1234567890123456',
    });
  });
});

it('ids that are made up differ by answer and by call, and are short', () => {
  const ids = [
    createToolCallId('chatcmpl-abc', 0),
    createToolCallId('chatcmpl-abc', 1),
    createToolCallId('chatcmpl-abd', 0),
  ];
  expect(new Set(ids).size).toBe(3);
  expect(createToolCallId('x'.repeat(500), 12).length).toBeLessThanOrEqual(40);
  expect(createToolCallId('', 0)).toMatch(/^[a-zA-Z0-9_-]+$/);
});
