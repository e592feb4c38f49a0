import type { JsonObject } from '../../src/common/json.ts';
import { catchGatewayError, HELLO, toAnthropic } from '../support/fixtures/translate-request.ts';

const translate = (messages: JsonObject[]): JsonObject => toAnthropic({ messages }).body;

describe('the system prompt', () => {
  it('is collected from system and developer messages, in their order, wherever they stand', () => {
    const body = translate([
      { role: 'system', content: 'One.' },
      { role: 'developer', content: [{ type: 'text', text: 'Two.' }] },
      ...HELLO,
      { role: 'system', content: 'Three.' },
    ]);
    expect(body.system).toEqual([
      { type: 'text', text: 'One.' },
      { type: 'text', text: 'Two.' },
      { type: 'text', text: 'Three.' },
    ]);
    expect(body.messages).toEqual([{ role: 'user', content: 'Hello' }]);
  });

  it('is a text when it is one text, and absent when there is none or only a blank one', () => {
    expect(translate([{ role: 'system', content: 'One.' }, ...HELLO]).system).toBe('One.');
    expect(translate(HELLO)).not.toHaveProperty('system');
    expect(translate([{ role: 'system', content: ' \n' }, ...HELLO])).not.toHaveProperty('system');
  });

  it('keeps the cache marks of its parts', () => {
    const content = [
      { type: 'text', text: 'Long.', cache_control: { type: 'ephemeral', ttl: '1h' } },
      { type: 'text', text: 'Longer.', prompt_cache_breakpoint: { mode: 'explicit' } },
    ];
    expect(translate([{ role: 'system', content }, ...HELLO]).system).toEqual([
      { type: 'text', text: 'Long.', cache_control: { type: 'ephemeral', ttl: '1h' } },
      { type: 'text', text: 'Longer.', cache_control: { type: 'ephemeral' } },
    ]);
  });

  it('keeps the mark of a message on its last part', () => {
    const content = [
      { type: 'text', text: 'Long.' },
      { type: 'text', text: 'Longer.' },
    ];
    const marked = { role: 'system', content, cache_control: { type: 'ephemeral' } };
    expect(translate([marked, ...HELLO]).system).toEqual([
      { type: 'text', text: 'Long.' },
      { type: 'text', text: 'Longer.', cache_control: { type: 'ephemeral' } },
    ]);
  });

  it('alone is refused, because nothing is left to answer', () => {
    const error = catchGatewayError(() => translate([{ role: 'system', content: 'One.' }]));
    expect(error).toMatchObject({ code: 'unsupported_parameter', param: 'messages', status: 400 });
  });
});

describe('turns', () => {
  it('alternate: neighbours of the same side become one, and texts stay apart', () => {
    expect(
      translate([
        { role: 'user', content: 'a' },
        { role: 'user', content: [{ type: 'text', text: 'b' }] },
        { role: 'assistant', content: 'c' },
        { role: 'assistant', content: 'd' },
        { role: 'user', content: 'e' },
      ]).messages,
    ).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'c' },
          { type: 'text', text: 'd' },
        ],
      },
      { role: 'user', content: 'e' },
    ]);
  });

  it('that are blank are left out, and their neighbours joined', () => {
    expect(
      translate([
        { role: 'user', content: 'a' },
        { role: 'assistant', content: '' },
        { role: 'assistant', content: null },
        { role: 'user', content: '  ' },
        { role: 'user', content: 'b' },
      ]).messages,
    ).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
    ]);
  });

  it('may start with the assistant, as the API allows', () => {
    const messages = [{ role: 'assistant', content: 'How can I help?' }, ...HELLO];
    expect(translate(messages).messages).toEqual(messages);
  });

  it('end a begun answer without white space, which the API refuses there', () => {
    expect(translate([...HELLO, { role: 'assistant', content: 'It is \n' }]).messages).toEqual([
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'It is' },
    ]);
  });

  it('keep refusals as text and lose the names of participants, which are named', () => {
    const { body, droppedParams } = toAnthropic({
      messages: [
        { role: 'user', name: 'Ann', content: 'a' },
        { role: 'assistant', content: null, refusal: 'No.' },
        { role: 'assistant', content: [{ type: 'refusal', refusal: 'Never.' }] },
        { role: 'user', content: 'b' },
      ],
    });
    expect(body.messages).toMatchObject([
      { content: 'a' },
      {
        content: [
          { type: 'text', text: 'No.' },
          { type: 'text', text: 'Never.' },
        ],
      },
      { content: 'b' },
    ]);
    expect(droppedParams).toEqual(['name']);
  });
});

describe('tool calls and results', () => {
  const calls = [
    { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Ulm"}' } },
    { id: 'call:2', type: 'function', function: { name: 'now', arguments: '' } },
  ];

  it('become tool_use blocks after the text, and one turn of results that lead it', () => {
    expect(
      translate([
        ...HELLO,
        { role: 'assistant', content: 'Looking.', tool_calls: calls },
        { role: 'tool', tool_call_id: 'call_1', content: '12 C' },
        {
          role: 'tool',
          tool_call_id: 'call:2',
          content: [
            { type: 'text', text: 'noon' },
            { type: 'text', text: ' ' },
          ],
        },
        { role: 'user', content: 'And?' },
      ]).messages,
    ).toEqual([
      { role: 'user', content: 'Hello' },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Looking.' },
          { type: 'tool_use', id: 'call_1', name: 'weather', input: { city: 'Ulm' } },
          { type: 'tool_use', id: 'call_2', name: 'now', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call_1', content: '12 C' },
          { type: 'tool_result', tool_use_id: 'call_2', content: 'noon' },
          { type: 'text', text: 'And?' },
        ],
      },
    ]);
  });

  it('lead their turn, whatever the client put between them', () => {
    const { messages } = translate([
      ...HELLO,
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', tool_call_id: 'call_1', content: '12 C' },
      { role: 'user', content: 'Hurry.' },
      { role: 'tool', tool_call_id: 'call:2', content: 'noon' },
    ]);
    expect((messages as JsonObject[])[2]?.content).toEqual([
      { type: 'tool_result', tool_use_id: 'call_1', content: '12 C' },
      { type: 'tool_result', tool_use_id: 'call_2', content: 'noon' },
      { type: 'text', text: 'Hurry.' },
    ]);
  });

  it('keep images in results, empty results and the marks of both', () => {
    const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
    const { messages } = translate([
      ...HELLO,
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', tool_call_id: 'call_1', content: [image], cache_control: { type: 'ephemeral' } },
      { role: 'tool', tool_call_id: 'call:2', content: '' },
    ]);
    expect((messages as JsonObject[])[2]?.content).toEqual([
      {
        type: 'tool_result',
        tool_use_id: 'call_1',
        content: [{ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }],
        cache_control: { type: 'ephemeral' },
      },
      { type: 'tool_result', tool_use_id: 'call_2' },
    ]);
  });

  it.each([
    ['broken JSON', '{"city":', { invalid_json: '{"city":' }],
    ['JSON that is no object', '[1]', { invalid_json: '[1]' }],
  ])('keep arguments that are %s, so that the conversation can go on', (_name, written, input) => {
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: written } };
    const { messages } = translate([...HELLO, { role: 'assistant', content: null, tool_calls: [call] }]);
    expect((messages as JsonObject[])[1]?.content).toEqual([{ type: 'tool_use', id: 'c', name: 'f', input }]);
  });

  it('keep every digit of numbers that JavaScript cannot hold', () => {
    const call = {
      id: 'c',
      type: 'function',
      function: { name: 'f', arguments: '{"id":1234567890123456789,"x":1.5}' },
    };
    const { body } = toAnthropic({
      messages: [...HELLO, { role: 'assistant', content: null, tool_calls: [call] }],
    });
    expect(JSON.stringify(body)).toContain('"input":{"id":1234567890123456789,"x":1.5}');
  });

  it.each([
    [
      'a call of a custom tool',
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'custom', custom: { name: 'f', input: 'x' } }],
      },
      'messages[1].tool_calls[0]',
    ],
    [
      'the predecessor of a call',
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
      'messages[1].function_call',
    ],
    ['the predecessor of a result', { role: 'function', name: 'f', content: 'x' }, 'messages[1].role'],
    ['a reference to earlier audio', { role: 'assistant', audio: { id: 'audio_1' } }, 'messages[1].audio'],
  ])('refuse %s', (_name, message, param) => {
    expect(catchGatewayError(() => translate([...HELLO, message]))).toMatchObject({
      code: 'unsupported_parameter',
      param,
    });
  });
});
