import type { JsonObject } from '../../src/common/json.ts';
import { catchGatewayError, HELLO, toOpenAi } from '../support/fixtures/translate-request.ts';

const translate = (messages: JsonObject[], more: JsonObject = {}): JsonObject[] =>
  toOpenAi({ messages, ...more }).body.messages as JsonObject[];
const ofUser = (...blocks: JsonObject[]): JsonObject[] => [{ role: 'user', content: blocks }];

describe('the system prompt', () => {
  it('comes first, as text or as parts', () => {
    expect(translate(HELLO, { system: 'One.' })).toEqual([{ role: 'system', content: 'One.' }, ...HELLO]);
    const blocks = [
      { type: 'text', text: 'One.' },
      { type: 'text', text: 'Two.' },
    ];
    expect(translate(HELLO, { system: blocks })[0]).toEqual({ role: 'system', content: blocks });
  });

  it('that is empty is left out', () => {
    expect(translate(HELLO, { system: [] })).toEqual(HELLO);
    expect(translate(HELLO, { system: null })).toEqual(HELLO);
  });

  it('that is changed between turns stays where it stands', () => {
    const messages = [
      ...HELLO,
      { role: 'system', content: 'Now in French.' },
      { role: 'assistant', content: 'Salut' },
    ];
    expect(translate(messages)).toEqual(messages);
  });

  it('loses its cache marks, which are named', () => {
    const system = [{ type: 'text', text: 'Long.', cache_control: { type: 'ephemeral', ttl: '1h' } }];
    const { body, droppedParams } = toOpenAi({ system });
    expect((body.messages as JsonObject[])[0]).toEqual({ role: 'system', content: 'Long.' });
    expect(droppedParams).toEqual(['cache_control']);
  });

  it('keeps its cache marks for a model that knows them', () => {
    const system = [{ type: 'text', text: 'Long.', cache_control: { type: 'ephemeral' } }];
    const { body, droppedParams } = toOpenAi({ system }, 'gpt-5.6');
    expect((body.messages as JsonObject[])[0]).toEqual({
      role: 'system',
      content: [{ type: 'text', text: 'Long.', prompt_cache_breakpoint: { mode: 'explicit' } }],
    });
    expect(droppedParams).toEqual([]);
  });
});

describe('turns', () => {
  it('stay as they are, with their parts', () => {
    const messages = [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'assistant', content: 'c' },
      { role: 'user', content: 'd' },
      { role: 'user', content: 'e' },
    ];
    expect(translate(messages)).toEqual(messages);
  });

  it('lose thoughts, which no other model can read, by name', () => {
    const { body, droppedParams } = toOpenAi({
      messages: [
        ...HELLO,
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
            { type: 'redacted_thinking', data: 'b3Bh' },
            { type: 'text', text: 'Yes.' },
          ],
        },
      ],
    });
    expect((body.messages as JsonObject[])[1]).toEqual({ role: 'assistant', content: 'Yes.' });
    expect(droppedParams).toEqual(['messages.thinking']);
  });
});

describe('media', () => {
  it('pass: images by URL and as data, PDFs with a name, text documents as text', () => {
    const content = translate(
      ofUser(
        { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
        {
          type: 'document',
          source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
          title: 'a.pdf',
        },
        { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } },
        {
          type: 'document',
          source: { type: 'text', media_type: 'text/plain', data: 'Body' },
          title: 'Title',
          context: 'Context',
        },
        { type: 'document', source: { type: 'content', content: 'Plain' } },
        {
          type: 'document',
          source: {
            type: 'content',
            content: [
              { type: 'text', text: 'One' },
              { type: 'text', text: 'Two' },
            ],
          },
        },
      ),
    )[0]?.content;
    expect(content).toEqual([
      { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
      { type: 'file', file: { filename: 'document.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
      { type: 'text', text: 'Title\n\nContext\n\nBody' },
      { type: 'text', text: 'Plain' },
      { type: 'text', text: 'One\n\nTwo' },
    ]);
  });

  it('lose the wish for citations and a context beside data, by name', () => {
    const source = { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' };
    const messages = ofUser({
      type: 'document',
      source,
      context: 'From 2020.',
      citations: { enabled: true },
    });
    expect(toOpenAi({ messages }).droppedParams.sort()).toEqual(['citations', 'context']);
    const plain = ofUser({ type: 'document', source, citations: { enabled: false } });
    expect(toOpenAi({ messages: plain }).droppedParams).toEqual([]);
  });

  it.each([
    [
      'a document by URL',
      { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } },
      'messages[0].content[0].source.url',
    ],
    [
      'an uploaded document',
      { type: 'document', source: { type: 'file', file_id: 'file_1' } },
      'messages[0].content[0].source.file_id',
    ],
    [
      'an uploaded image',
      { type: 'image', source: { type: 'file', file_id: 'file_2' } },
      'messages[0].content[0].source.file_id',
    ],
    [
      'a document with pictures',
      {
        type: 'document',
        source: {
          type: 'content',
          content: [{ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }],
        },
      },
      'messages[0].content[0]',
    ],
    [
      'a search result',
      { type: 'search_result', source: 's', title: 't', content: [] },
      'messages[0].content[0]',
    ],
    ['a block that is not known', { type: 'hologram', data: 'x' }, 'messages[0].content[0]'],
  ])('are refused where the target has no part for them: %s', (_name, block, param) => {
    expect(catchGatewayError(() => translate(ofUser(block)))).toMatchObject({
      code: 'unsupported_parameter',
      param,
    });
  });
});

it('what is refused is named by its own place, not by that of a like member', () => {
  const image = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } };
  const pdf = { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } };
  const error = catchGatewayError(() => translate(ofUser(image, pdf)));
  expect(error).toMatchObject({ param: 'messages[0].content[1].source.url' });
});

describe('tool calls and results', () => {
  const asked = {
    role: 'assistant',
    content: [
      { type: 'text', text: 'Looking.' },
      { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Ulm' } },
      { type: 'tool_use', id: 'toolu_2', name: 'map', input: {} },
    ],
  };

  it('become calls with JSON text, one tool message a result, and a user message with the rest', () => {
    expect(
      translate([
        ...HELLO,
        asked,
        ...ofUser(
          { type: 'tool_result', tool_use_id: 'toolu_1', content: '12 C' },
          {
            type: 'tool_result',
            tool_use_id: 'toolu_2',
            content: [
              { type: 'text', text: 'a' },
              { type: 'text', text: 'b' },
            ],
          },
          { type: 'text', text: 'And?' },
        ),
      ]).slice(1),
    ).toEqual([
      {
        role: 'assistant',
        content: 'Looking.',
        tool_calls: [
          { id: 'toolu_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Ulm"}' } },
          { id: 'toolu_2', type: 'function', function: { name: 'map', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'toolu_1', content: '12 C' },
      {
        role: 'tool',
        tool_call_id: 'toolu_2',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'user', content: 'And?' },
    ]);
  });

  it('show pictures of results in a user message after the last result', () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } };
    expect(
      translate([
        ...HELLO,
        asked,
        ...ofUser(
          { type: 'tool_result', tool_use_id: 'toolu_1', content: [image] },
          { type: 'tool_result', tool_use_id: 'toolu_2', content: [{ type: 'text', text: 'a map' }, image] },
        ),
      ]).slice(2),
    ).toEqual([
      { role: 'tool', tool_call_id: 'toolu_1', content: expect.stringContaining('attached') },
      { role: 'tool', tool_call_id: 'toolu_2', content: 'a map' },
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        ],
      },
    ]);
  });

  it('are empty where a result is, and lose the mark of an error, by name', () => {
    const { body, droppedParams } = toOpenAi({
      messages: [
        ...HELLO,
        asked,
        ...ofUser(
          { type: 'tool_result', tool_use_id: 'toolu_1' },
          { type: 'tool_result', tool_use_id: 'toolu_2', content: 'no map', is_error: true },
        ),
      ],
    });
    expect((body.messages as JsonObject[]).slice(2)).toEqual([
      { role: 'tool', tool_call_id: 'toolu_1', content: '' },
      { role: 'tool', tool_call_id: 'toolu_2', content: 'no map' },
    ]);
    expect(droppedParams).toEqual(['is_error']);
  });

  it('without any text have null for content, as the API writes it', () => {
    const [, message] = translate([...HELLO, { role: 'assistant', content: asked.content.slice(1) }]);
    expect(message).toMatchObject({ role: 'assistant', content: null });
  });
});
