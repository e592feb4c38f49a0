import type { JsonObject } from '../../src/common/json.ts';
import { catchGatewayError, toOpenAi } from '../support/fixtures/translate-request.ts';

const closed = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const open = { type: 'object', properties: { city: { type: 'string' } } };
const tool = { name: 'weather', description: 'Weather', input_schema: open };

describe('tools', () => {
  it('keep name, description and schema, and lose cache marks by name', () => {
    const { body, droppedParams } = toOpenAi({ tools: [{ ...tool, cache_control: { type: 'ephemeral' } }] });
    expect(body.tools).toEqual([
      { type: 'function', function: { name: 'weather', description: 'Weather', parameters: open } },
    ]);
    expect(droppedParams).toEqual(['cache_control']);
  });

  it('that are strict stay so where OpenAI can enforce the schema, else it is named', () => {
    const send = (input_schema: JsonObject): unknown[] => {
      const { body, droppedParams } = toOpenAi({ tools: [{ name: 'f', input_schema, strict: true }] });
      return [((body.tools as JsonObject[])[0]?.function as JsonObject).strict, droppedParams];
    };
    expect(send(closed)).toEqual([true, []]);
    expect(send(open)).toEqual([undefined, ['strict']]);
    expect(send({ ...closed, properties: { city: open } })).toEqual([undefined, ['strict']]);
  });

  it.each([
    [{ type: 'auto' }, 'auto'],
    [{ type: 'none' }, 'none'],
    [{ type: 'any' }, 'required'],
    [
      { type: 'tool', name: 'weather' },
      { type: 'function', function: { name: 'weather' } },
    ],
  ])('are chosen as the client says: %j', (choice, expected) => {
    const { body } = toOpenAi({ tools: [tool], tool_choice: choice });
    expect(body.tool_choice).toEqual(expected);
    expect(body).not.toHaveProperty('parallel_tool_calls');
  });

  it('are called one at a time when the client says so, where the model has that switch', () => {
    const body = { tools: [tool], tool_choice: { type: 'auto', disable_parallel_tool_use: true } };
    expect(toOpenAi(body).body.parallel_tool_calls).toBe(false);
    const refused = toOpenAi(body, 'o3');
    expect(refused.body).not.toHaveProperty('parallel_tool_calls');
    expect(refused.droppedParams).toEqual(['disable_parallel_tool_use']);
    const usual = { tools: [tool], tool_choice: { type: 'auto', disable_parallel_tool_use: false } };
    expect(toOpenAi(usual, 'o3').droppedParams).toEqual([]);
  });

  it('that do not exist cannot be chosen', () => {
    expect(toOpenAi({ tool_choice: { type: 'none' } }).body).not.toHaveProperty('tool_choice');
  });

  it.each([
    ['web_search_20250305', 'tools[1].type'],
    ['bash_20250124', 'tools[1].type'],
    ['text_editor_20250728', 'tools[1].type'],
  ])('of the provider are refused by their place: %s', (type, param) => {
    const error = catchGatewayError(() => toOpenAi({ tools: [tool, { type, name: 'x' }] }));
    expect(error).toMatchObject({ code: 'unsupported_parameter', param });
  });
});

describe('structured output', () => {
  it.each([
    ['output_config', { output_config: { format: { type: 'json_schema', schema: closed } } }],
    ['the older output_format', { output_format: { type: 'json_schema', schema: closed } }],
  ])('becomes response_format, enforced: %s', (_name, body) => {
    expect(toOpenAi(body).body.response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'response', schema: closed, strict: true },
    });
  });

  it.each([
    ['an open object', open],
    ['optional properties', { ...closed, required: [] }],
    [
      'an open object inside',
      { ...closed, properties: { city: { type: ['object', 'null'], properties: {} } } },
    ],
    ['an open object in a list', { ...closed, properties: { city: { type: 'array', items: open } } }],
    [
      'an open object among alternatives',
      { ...closed, properties: { city: { anyOf: [{ type: 'null' }, open] } } },
    ],
    ['an open definition', { ...closed, $defs: { place: open } }],
    ['combined schemas', { ...closed, properties: { city: { allOf: [{ type: 'string' }] } } }],
    ['no object at all', { type: 'array', items: { type: 'string' } }],
  ])('with a schema that OpenAI refuses to enforce is a request to the model: %s', (_name, schema) => {
    const { body } = toOpenAi({ output_config: { format: { type: 'json_schema', schema } } });
    expect(body.response_format).toMatchObject({ json_schema: { schema, strict: false } });
  });

  it('of a kind that is not known is refused by its path', () => {
    const error = catchGatewayError(() => toOpenAi({ output_config: { format: { type: 'grammar' } } }));
    expect(error).toMatchObject({ code: 'unsupported_parameter', param: 'output_config.format' });
  });
});

describe('limits and sampling', () => {
  it.each([
    ['gpt-4o', 'max_tokens'],
    ['gpt-35-turbo', 'max_tokens'],
    ['llama-3.3-70b', 'max_tokens'],
    ['o3', 'max_completion_tokens'],
    ['gpt-5-mini', 'max_completion_tokens'],
    ['openai/gpt-5.2', 'max_completion_tokens'],
  ])('say the maximum to %s as %s', (model, name) => {
    const { body } = toOpenAi({ max_tokens: 77 }, model);
    expect(body[name]).toBe(77);
  });

  it('refuse a maximum of zero, which only fills a prompt cache', () => {
    expect(catchGatewayError(() => toOpenAi({ max_tokens: 0 }))).toMatchObject({ param: 'max_tokens' });
  });

  it('pass temperature, top_p and stop sequences, and name top_k', () => {
    const { body, droppedParams } = toOpenAi({
      temperature: 0.4,
      top_p: 0.9,
      top_k: 5,
      stop_sequences: ['A', 'B'],
    });
    expect(body).toMatchObject({ temperature: 0.4, top_p: 0.9, stop: ['A', 'B'] });
    expect(droppedParams).toEqual(['top_k']);
  });

  it('refuse more stop sequences than the target takes', () => {
    const stop_sequences = ['A', 'B', 'C', 'D', 'E'];
    expect(catchGatewayError(() => toOpenAi({ stop_sequences }))).toMatchObject({ param: 'stop_sequences' });
    expect(toOpenAi({ stop_sequences: stop_sequences.slice(1) }).body.stop).toHaveLength(4);
  });

  it.each(['o3', 'o4-mini', 'openai/o3-mini', 'gpt-5-mini', 'gpt-5.4'])(
    'leave out the stop sequences, by name, for %s, which refuses them',
    (model) => {
      const { body, droppedParams } = toOpenAi({ stop_sequences: ['A', 'B', 'C', 'D', 'E'] }, model);
      expect(body).not.toHaveProperty('stop');
      expect(droppedParams).toEqual(['stop_sequences']);
      expect(toOpenAi({ stop_sequences: [] }, model).droppedParams).toEqual([]);
    },
  );

  it('ask for usage in a stream, unless the deployment does without', () => {
    expect(toOpenAi({ stream: true }).body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
    const { body } = toOpenAi({ stream: true }, 'gpt-4o', { streamUsage: false });
    expect(body).toMatchObject({ stream: true });
    expect(body).not.toHaveProperty('stream_options');
    expect(toOpenAi({}).body).not.toHaveProperty('stream_options');
  });
});

describe('what the target cannot do', () => {
  it('is left out and named where the answer stays what it is', () => {
    const { body, droppedParams } = toOpenAi({
      metadata: { user_id: 'u1' },
      service_tier: 'auto',
      context_management: { edits: [] },
      cache_control: { type: 'ephemeral' },
      made_up: 1,
    });
    expect(droppedParams.sort()).toEqual([
      'cache_control',
      'context_management',
      'made_up',
      'metadata',
      'service_tier',
    ]);
    expect(Object.keys(body).sort()).toEqual(['max_tokens', 'messages', 'model']);
  });

  it('is named once, however often it is left out', () => {
    const marked = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } };
    const { droppedParams } = toOpenAi({
      cache_control: { type: 'ephemeral' },
      system: [marked, marked],
      messages: [{ role: 'user', content: [marked, marked] }],
    });
    expect(droppedParams).toEqual(['cache_control']);
  });

  it.each([
    ['mcp_servers', { mcp_servers: [{ type: 'url', url: 'https://example.com', name: 'x' }] }],
    ['container', { container: 'c1' }],
    ['inference_geo', { inference_geo: 'us' }],
    ['tool_choice', { tools: [tool], tool_choice: { type: 'later' } }],
  ])('is refused by name where the answer would be another: %s', (param, body) => {
    expect(catchGatewayError(() => toOpenAi(body))).toMatchObject({
      code: 'unsupported_parameter',
      param,
      status: 400,
    });
  });
});
