import type { JsonObject } from '../../src/common/json.ts';
import { catchGatewayError, toAnthropic } from '../support/fixtures/translate-request.ts';

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const tool: JsonObject = {
  type: 'function',
  function: { name: 'weather', description: 'Weather', parameters },
};
const TOOL = { name: 'weather', description: 'Weather', input_schema: parameters };

describe('tools', () => {
  it('keep name, description, schema and cache mark', () => {
    const marked = { ...tool, cache_control: { type: 'ephemeral' } };
    expect(toAnthropic({ tools: [tool, marked] }).body.tools).toEqual([
      TOOL,
      { ...TOOL, cache_control: { type: 'ephemeral' } },
    ]);
  });

  it('without parameters take an empty object', () => {
    const bare = { type: 'function', function: { name: 'now' } };
    const implied = { type: 'function', function: { name: 'at', parameters: { properties: {} } } };
    expect(toAnthropic({ tools: [bare, implied] }).body.tools).toEqual([
      { name: 'now', input_schema: { type: 'object', properties: {} } },
      { name: 'at', input_schema: { type: 'object', properties: {} } },
    ]);
  });

  it('that are strict stay so, with the constraints that cannot be enforced told in words', () => {
    const schema = {
      type: 'object',
      properties: { days: { type: 'integer', description: 'How many.', minimum: 1, maximum: 7 } },
      required: ['days'],
    };
    const strict = { type: 'function', function: { name: 'forecast', parameters: schema, strict: true } };
    expect(toAnthropic({ tools: [strict] }).body.tools).toEqual([
      {
        name: 'forecast',
        strict: true,
        input_schema: {
          type: 'object',
          properties: { days: { type: 'integer', description: 'How many. (minimum: 1, maximum: 7)' } },
          required: ['days'],
          additionalProperties: false,
        },
      },
    ]);
  });

  it('that are strict are only asked for where the model enforces no schemas, which is named', () => {
    const strict = { type: 'function', function: { name: 'weather', parameters, strict: true } };
    const { body, droppedParams } = toAnthropic({ tools: [strict] }, 'claude-sonnet-4-20250514');
    expect(body.tools).toEqual([{ name: 'weather', input_schema: parameters }]);
    expect(droppedParams).toEqual(['strict']);
  });

  it.each([
    ['auto', { type: 'auto' }],
    ['none', { type: 'none' }],
    ['required', { type: 'any' }],
    [
      { type: 'function', function: { name: 'weather' } },
      { type: 'tool', name: 'weather' },
    ],
  ])('are chosen as the client says: %j', (choice, expected) => {
    expect(toAnthropic({ tools: [tool], tool_choice: choice }).body.tool_choice).toEqual(expected);
  });

  it('are called one at a time when the client says so, whatever the choice', () => {
    const call = (more: JsonObject): unknown => toAnthropic({ tools: [tool], ...more }).body.tool_choice;
    expect(call({ parallel_tool_calls: false })).toEqual({ type: 'auto', disable_parallel_tool_use: true });
    expect(call({ parallel_tool_calls: false, tool_choice: 'required' })).toEqual({
      type: 'any',
      disable_parallel_tool_use: true,
    });
    expect(call({ parallel_tool_calls: true })).toEqual({ type: 'auto', disable_parallel_tool_use: false });
    expect(call({ parallel_tool_calls: false, tool_choice: 'none' })).toEqual({ type: 'none' });
    expect(call({})).toBeUndefined();
  });

  it('that do not exist cannot be chosen', () => {
    expect(toAnthropic({ tool_choice: 'none', parallel_tool_calls: false }).body).not.toHaveProperty(
      'tool_choice',
    );
    expect(toAnthropic({ tools: [] }).body).not.toHaveProperty('tools');
  });

  it.each([
    ['a custom tool', { tools: [tool, { type: 'custom', custom: { name: 'x' } }] }, 'tools[1].type'],
    [
      'a choice of a custom tool',
      { tools: [tool], tool_choice: { type: 'custom', custom: { name: 'x' } } },
      'tool_choice',
    ],
    [
      'a choice among some tools',
      { tools: [tool], tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } } },
      'tool_choice',
    ],
    ['a choice in a word of another server', { tools: [tool], tool_choice: 'any' }, 'tool_choice'],
  ])('of a kind that the target does not know are refused: %s', (_name, body, param) => {
    expect(catchGatewayError(() => toAnthropic(body))).toMatchObject({
      code: 'unsupported_parameter',
      param,
    });
  });
});

describe('structured output', () => {
  const ask = (schema: JsonObject): JsonObject => ({
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
  });

  it('becomes output_config.format with a schema that the API enforces', () => {
    const schema = {
      type: 'object',
      properties: {
        kind: { oneOf: [{ type: 'string', maxLength: 5 }, { $ref: '#/$defs/point' }] },
        list: { type: 'array', items: { type: 'object', properties: {} }, minItems: 2 },
        when: { type: 'string', format: 'date-time' },
        phone: { type: 'string', format: 'phone' },
      },
      $defs: { point: { type: ['object', 'null'], properties: { minimum: { type: 'number', minimum: 0 } } } },
    };
    expect(toAnthropic(ask(schema)).body.output_config).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: {
            kind: { anyOf: [{ type: 'string', description: '(maxLength: 5)' }, { $ref: '#/$defs/point' }] },
            list: {
              type: 'array',
              items: { type: 'object', properties: {}, additionalProperties: false },
              description: '(minItems: 2)',
            },
            when: { type: 'string', format: 'date-time' },
            phone: { type: 'string', description: '(format: "phone")' },
          },
          $defs: {
            point: {
              type: ['object', 'null'],
              properties: { minimum: { type: 'number', description: '(minimum: 0)' } },
              additionalProperties: false,
            },
          },
          additionalProperties: false,
        },
      },
    });
  });

  it('leaves the schema of the client as it was', () => {
    const schema = { type: 'object', properties: { n: { type: 'integer', minimum: 1 } } };
    const before = JSON.stringify(schema);
    toAnthropic(ask(schema));
    expect(JSON.stringify(schema)).toBe(before);
  });

  it('is nothing for text, and refused for formats that are not known', () => {
    expect(toAnthropic({ response_format: { type: 'text' } }).body).not.toHaveProperty('output_config');
    const error = catchGatewayError(() => toAnthropic({ response_format: { type: 'grammar' } }));
    expect(error).toMatchObject({ code: 'unsupported_parameter', param: 'response_format' });
  });

  it('is asked for at the end of the system prompt for JSON of any shape, and named as no promise', () => {
    const response_format = { type: 'json_object' };
    const instruction = expect.stringContaining('one valid JSON object and nothing else');
    const alone = toAnthropic({ response_format });
    expect(alone).toMatchObject({ body: { system: instruction }, droppedParams: ['response_format'] });
    expect(alone.body).not.toHaveProperty('output_config');
    const messages = [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Hi' },
    ];
    const { body } = toAnthropic({ response_format, messages });
    expect(body.system).toEqual([
      { type: 'text', text: 'Be kind.' },
      { type: 'text', text: instruction },
    ]);
    expect(body.messages).toEqual([{ role: 'user', content: 'Hi' }]);
  });
});

describe('structured output of a model that enforces no schemas', () => {
  const OLD = 'claude-3-5-sonnet-20241022';
  const schema = { type: 'object', properties: { city: { type: 'string' } } };
  const ask = (more: JsonObject = {}, strict: boolean | null = null): JsonObject => ({
    response_format: { type: 'json_schema', json_schema: { name: 'place', schema, strict } },
    ...more,
  });
  const answerTool = {
    name: 'tokenpak_answer',
    description: 'Gives the final answer to the user.',
    input_schema: schema,
  };

  it.each([OLD, 'claude-sonnet-4-20250514', 'anthropic/claude-3.7-sonnet'])(
    'is the arguments of a tool that %s must call',
    (model) => {
      const { body, droppedParams } = toAnthropic(ask(), model);
      expect(body).toMatchObject({
        tools: [answerTool],
        tool_choice: { type: 'tool', name: 'tokenpak_answer', disable_parallel_tool_use: true },
      });
      expect(body).not.toHaveProperty('output_config');
      expect(droppedParams).toEqual([]);
    },
  );

  it('names strict, which the model cannot promise', () => {
    expect(toAnthropic(ask({}, true), OLD).droppedParams).toEqual(['strict']);
    expect(toAnthropic(ask({}, true), 'claude-sonnet-4-5').droppedParams).toEqual([]);
  });

  it("stands beside the client's tools, of which one must be called or the answer given", () => {
    const { body } = toAnthropic(ask({ tools: [tool] }), OLD);
    expect((body.tools as JsonObject[]).map(({ name }) => name)).toEqual(['weather', 'tokenpak_answer']);
    expect(body.tool_choice).toEqual({ type: 'any', disable_parallel_tool_use: true });
    const none = toAnthropic(ask({ tools: [tool], tool_choice: 'none' }), OLD).body;
    expect(none.tool_choice).toMatchObject({ type: 'tool', name: 'tokenpak_answer' });
  });

  it("is left to the client's tools where one of them must be called", () => {
    const { body } = toAnthropic(ask({ tools: [tool], tool_choice: 'required' }), OLD);
    expect((body.tools as JsonObject[]).map(({ name }) => name)).toEqual(['weather']);
    expect(body.tool_choice).toEqual({ type: 'any' });
    expect(body).not.toHaveProperty('output_config');
  });

  it('comes without thoughts, which exclude a tool that must be called', () => {
    const { body, droppedParams } = toAnthropic(
      ask({ reasoning_effort: 'low', max_tokens: 8_000 }),
      'claude-sonnet-4-0',
    );
    expect(body).not.toHaveProperty('thinking');
    expect(droppedParams).toEqual(['reasoning_effort']);
  });

  it('is refused for schemas that no tool can have, and when the name of the tool is taken', () => {
    const list = { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'array' } } };
    const taken = { type: 'function', function: { name: 'tokenpak_answer' } };
    for (const body of [{ response_format: list }, ask({ tools: [taken] })]) {
      expect(catchGatewayError(() => toAnthropic(body, OLD))).toMatchObject({
        code: 'unsupported_parameter',
        param: 'response_format',
        status: 400,
      });
    }
  });
});
