import fc from 'fast-check';
import { renderJsonPath, type JsonObject } from '../../common/json.js';
import { collectTexts } from './collect-texts.js';

interface Collected {
  texts: Record<string, string>;
  parts: string[][];
  names: string[];
}

function collect(json: unknown): Collected {
  const collected: Collected = { texts: {}, parts: [], names: [] };
  collectTexts(json as JsonObject).accept({
    visitText: (text, place) => (collected.texts[renderJsonPath(place.getPath())] = text),
    visitParts: (parts) => {
      collected.parts.push(parts.map(({ text }) => text));
      for (const { path, text } of parts) collected.texts[renderJsonPath(path)] = text;
    },
    visitName: (name) => collected.names.push(name),
  });
  return collected;
}

const BASE64 = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ';

describe('text collection', () => {
  it('finds all texts of a Chat Completions request', () => {
    const { texts } = collect({
      model: 'gpt-4o',
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          name: 'Alice',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image_url', image_url: { url: 'https://example.org/a.png', detail: 'low' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'find', arguments: '{"q":"x"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'Result' },
      ],
      tools: [
        {
          type: 'function',
          function: {
            name: 'find',
            description: 'Finds',
            parameters: { type: 'object', properties: { q: { type: 'string', description: 'Query' } } },
          },
        },
      ],
      stop: ['END'],
      user: 'user-7',
      unknown: { deep: [{ id: 'not an id', note: 'hidden' }] },
    });
    expect(texts).toEqual({
      'messages[0].content': 'Be brief.',
      'messages[1].name': 'Alice',
      'messages[1].content[0].text': 'Look',
      'messages[1].content[1].image_url.url': 'https://example.org/a.png',
      'messages[2].tool_calls[0].function.name': 'find',
      'messages[2].tool_calls[0].function.arguments': '{"q":"x"}',
      'messages[3].content': 'Result',
      'tools[0].function.name': 'find',
      'tools[0].function.description': 'Finds',
      'tools[0].function.parameters.type': 'object',
      'tools[0].function.parameters.properties.q.type': 'string',
      'tools[0].function.parameters.properties.q.description': 'Query',
      'stop[0]': 'END',
      user: 'user-7',
      'unknown.deep[0].id': 'not an id',
      'unknown.deep[0].note': 'hidden',
    });
  });

  it('finds all texts of a Messages request', () => {
    const { texts } = collect({
      model: 'claude-sonnet-4-5',
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      metadata: { user_id: 'u-1', type: 'free' },
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'document',
              title: 'Doc',
              source: { type: 'text', media_type: 'text/plain', data: 'PlainText' },
            },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: BASE64 } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm', signature: BASE64 },
            { type: 'redacted_thinking', data: BASE64 },
            {
              type: 'tool_use',
              id: 'toolu_1',
              name: 'save',
              input: { id: 'toolu', type: 'x', card: 4111111111111111, small: 12 },
            },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'Saved' }] },
          ],
        },
      ],
    });
    expect(texts).toEqual({
      'system[0].text': 'Be brief.',
      'metadata.user_id': 'u-1',
      'metadata.type': 'free',
      'messages[0].content[0].title': 'Doc',
      'messages[0].content[0].source.data': 'PlainText',
      'messages[1].content[0].thinking': 'Hm',
      'messages[1].content[2].name': 'save',
      'messages[1].content[2].input.id': 'toolu',
      'messages[1].content[2].input.type': 'x',
      'messages[1].content[2].input.card': '4111111111111111',
      'messages[2].content[0].content[0].text': 'Saved',
    });
  });

  it.each<[string, JsonObject]>([
    ['an image', { type: 'image_url', image_url: { url: `data:image/png;base64,${BASE64}` } }],
    ['a file', { type: 'file', file: { file_data: `data:application/pdf;base64,${BASE64}` } }],
    ['a sound', { type: 'input_audio', input_audio: { data: BASE64, format: 'wav' } }],
  ])('leaves out %s', (_, part) => {
    expect(collect({ messages: [{ role: 'user', content: [part] }] }).texts).toEqual({});
  });

  it.each<[string, JsonObject]>([
    ['an id', { id: 'my card is 4111' }],
    ['a type', { type: 'a text, not a type' }],
    ['a signature', { signature: 'words with spaces' }],
    ['data', { type: 'base64', data: 'words with spaces' }],
    ['an image', { image_url: { url: 'data:image/png;base64,words with spaces' } }],
  ])('looks at what poses as %s', (_, part) => {
    const { texts } = collect({ messages: [{ content: [part] }] });
    expect(Object.values(texts)).toHaveLength(1);
  });

  it('reads neighbouring parts as one, and others not', () => {
    const text = (value: string) => ({ type: 'text', text: value });
    const { parts } = collect({
      messages: [
        { content: [text('a'), text('b'), { type: 'image' }, text('c')] },
        { content: [text('d'), text('e'), text('f')] },
      ],
    });
    expect(parts).toEqual([
      ['a', 'b'],
      ['d', 'e', 'f'],
    ]);
  });

  it('gives the member names that somebody chose, and not those of dialects and schemas', () => {
    const { names } = collect({
      messages: [{ content: [{ type: 'tool_use', name: 'f', input: { 'alice@example.com': { type: 1 } } }] }],
      tools: [{ name: 'f', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }],
      odd: { inner: 1 },
    });
    expect(names).toEqual(['alice@example.com', 'city', 'inner']);
  });

  it('misses no string that is put into an unknown member, at any depth', () => {
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(
          fc.constantFrom('id', 'type', 'data', 'text', 'signature', 'x', 'content'),
          tie('node'),
          { maxKeys: 4 },
        ),
      ),
    })).node;
    fc.assert(
      fc.property(value, (hidden) => {
        const found = Object.values(collect({ messages: [], surprise: hidden }).texts);
        expect(found.sort()).toEqual(listStrings(hidden).sort());
      }),
    );
  });

  it('refuses an answer that nests too deep to be walked', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`);
    expect(() => collect(deep)).toThrow(expect.objectContaining({ code: 'upstream_error' }));
  });
});

function listStrings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(listStrings) : [];
}
