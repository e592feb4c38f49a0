import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/common/json.ts';
import { anthropic, openAi } from '../../src/pipeline/format-adapter/testing/stream-tools.ts';
import { anthropicRequest, openAiRequest } from '../../src/pipeline/format-adapter/testing/wire-fixtures.ts';
import { anthropicRequests } from '../support/fixtures/arbitrary-anthropic-request.ts';
import { openAiRequests } from '../support/fixtures/arbitrary-openai-request.ts';
import { catchGatewayError, readAndRender } from '../support/fixtures/translate-request.ts';

/** The document with the value at its `at`-th place replaced. */
function replaceAt(document: JsonObject, at: number, value: JsonValue): JsonObject {
  const copy = JSON.parse(JSON.stringify(document)) as JsonObject;
  const places: (() => void)[] = [];
  const walk = (node: JsonValue | undefined): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      const owner = node as JsonObject;
      places.push(() => {
        owner[key] = value;
      });
      walk(owner[key]);
    }
  };
  walk(copy);
  places[at % places.length]?.();
  return copy;
}

const leaf = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    null,
    -1,
    1.5,
    1e400,
    '',
    [],
    {},
    [null],
    [[]],
    [{}],
    { type: 'text' },
    { type: 'function' },
    { type: null },
    '__proto__',
    JSON.parse('{"__proto__":{"type":"text"}}'),
  ),
) as fc.Arbitrary<JsonValue>;

describe('a malformed body', () => {
  it('of anything at all is refused with a field, never otherwise', () => {
    const names = [
      ...Object.keys(openAiRequest),
      ...Object.keys(anthropicRequest),
      'n',
      'metadata',
      'output_config',
      'constructor',
      'toString',
      '__proto__',
    ];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...names), leaf), { maxLength: 12 }), (members) =>
        readAndRender(Object.fromEntries(members) as JsonObject),
      ),
      { numRuns: 1_500 },
    );
  });

  it('that is right but for one place is refused with a field, never otherwise', () => {
    const rich = fc.constantFrom(openAiRequest, anthropicRequest);
    fc.assert(
      fc.property(
        fc.oneof(rich, openAiRequests, anthropicRequests),
        fc.nat(10_000),
        leaf,
        (body, at, value) => readAndRender(replaceAt(body, at, value)),
      ),
      { numRuns: 2_500 },
    );
  });

  it('that is right but for several places is refused with a field, never otherwise', () => {
    const edits = fc.array(fc.tuple(fc.nat(10_000), leaf), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(openAiRequest, anthropicRequest), edits, (body, all) =>
        readAndRender(all.reduce((edited, [at, value]) => replaceAt(edited, at, value), body)),
      ),
      { numRuns: 1_000 },
    );
  });
});

const user = { role: 'user', content: 'x' };
const chat = (more: JsonObject): JsonObject => ({ model: 'm', messages: [user], ...more });
const claude = (more: JsonObject): JsonObject => ({ model: 'm', max_tokens: 5, messages: [user], ...more });

describe('the field that is named', () => {
  it.each<[string, JsonObject, string]>([
    ['no model', { messages: [user] }, 'model'],
    ['an empty model', chat({ model: '' }), 'model'],
    ['no messages', { model: 'm' }, 'messages'],
    ['empty messages', chat({ messages: [] }), 'messages'],
    ['a message that is no object', chat({ messages: [user, 'x'] }), 'messages[1]'],
    ['an unknown role', chat({ messages: [{ role: 'wizard', content: 'x' }] }), 'messages[0].role'],
    ['no content', chat({ messages: [{ role: 'user' }] }), 'messages[0].content'],
    ['content that is a number', chat({ messages: [{ role: 'user', content: 1 }] }), 'messages[0].content'],
    [
      'a part without a type',
      chat({ messages: [{ role: 'user', content: [{ text: 'x' }] }] }),
      'messages[0].content[0].type',
    ],
    [
      'a text that is none',
      chat({ messages: [{ role: 'user', content: [{ type: 'text', text: 1 }] }] }),
      'messages[0].content[0].text',
    ],
    [
      'an image without a URL',
      chat({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] }),
      'messages[0].content[0].image_url.url',
    ],
    [
      'a file without data',
      chat({ messages: [{ role: 'user', content: [{ type: 'file', file: {} }] }] }),
      'messages[0].content[0].file',
    ],
    [
      'a result without an id',
      chat({ messages: [{ role: 'tool', content: 'x' }] }),
      'messages[0].tool_call_id',
    ],
    [
      'a call without arguments',
      chat({ messages: [{ role: 'assistant', tool_calls: [{ id: 'c', function: { name: 'f' } }] }] }),
      'messages[0].tool_calls[0].function.arguments',
    ],
    ['tools that are no list', chat({ tools: {} }), 'tools'],
    [
      'a tool without a name',
      chat({ tools: [{ type: 'function', function: {} }] }),
      'tools[0].function.name',
    ],
    ['a temperature in words', chat({ temperature: 'hot' }), 'temperature'],
    ['a maximum of zero', chat({ max_tokens: 0 }), 'max_tokens'],
    ['half a token', chat({ max_completion_tokens: 1.5 }), 'max_completion_tokens'],
    ['stop sequences with a number', chat({ stop: ['a', 1] }), 'stop[1]'],
    ['metadata that is not text', chat({ metadata: { a: 1 } }), 'metadata.a'],
    [
      'a schema without a name',
      chat({ response_format: { type: 'json_schema', json_schema: {} } }),
      'response_format.json_schema.name',
    ],
    ['usage in words', chat({ stream_options: { include_usage: 'yes' } }), 'stream_options.include_usage'],
    ['no answers', chat({ n: 0 }), 'n'],
  ])('is the first that is wrong in a Chat body: %s', (_name, body, param) => {
    expect(catchGatewayError(() => openAi.parseRequest(body))).toMatchObject({
      code: 'invalid_request',
      param,
      status: 400,
    });
  });

  it.each<[string, JsonObject, string]>([
    ['no maximum', { model: 'm', messages: [user] }, 'max_tokens'],
    ['a system prompt that is a number', claude({ system: 1 }), 'system'],
    ['an unknown role', claude({ messages: [{ role: 'tool', content: 'x' }] }), 'messages[0].role'],
    [
      'an image without a source',
      claude({ messages: [{ role: 'user', content: [{ type: 'image' }] }] }),
      'messages[0].content[0].source',
    ],
    [
      'a mark that is none',
      claude({ messages: [{ role: 'user', content: [{ type: 'text', text: 'x', cache_control: 'yes' }] }] }),
      'messages[0].content[0].cache_control',
    ],
    [
      'a call without an id',
      claude({ messages: [{ role: 'assistant', content: [{ type: 'tool_use', name: 'f', input: {} }] }] }),
      'messages[0].content[0].id',
    ],
    [
      'a result of numbers',
      claude({
        messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: 1 }] }],
      }),
      'messages[0].content[0].content',
    ],
    [
      'a block in a result without a type',
      claude({
        messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: [{}] }] }],
      }),
      'messages[0].content[0].content[0].type',
    ],
    ['a tool without a schema', claude({ tools: [{ name: 'f' }] }), 'tools[0].input_schema'],
    ['a choice in a word', claude({ tool_choice: 'auto' }), 'tool_choice'],
    ['a choice without a name', claude({ tool_choice: { type: 'tool' } }), 'tool_choice.name'],
    ['thinking without a budget', claude({ thinking: { type: 'enabled' } }), 'thinking.budget_tokens'],
    [
      'a format without a schema',
      claude({ output_config: { format: { type: 'json_schema' } } }),
      'output_config.format.schema',
    ],
    ['half a top_k', claude({ top_k: 0.5 }), 'top_k'],
    ['a stop sequence that is none', claude({ stop_sequences: [null] }), 'stop_sequences[0]'],
    ['a user that is a number', claude({ metadata: { user_id: 7 } }), 'metadata.user_id'],
  ])('is the first that is wrong in a Messages body: %s', (_name, body, param) => {
    expect(catchGatewayError(() => anthropic.parseRequest(body))).toMatchObject({
      code: 'invalid_request',
      param,
      status: 400,
    });
  });

  it('is none of what only other servers and later versions know, which same-dialect providers get as it is', () => {
    const odd = { role: 'user', content: [{ type: 'hologram', size: 3 }] };
    for (const more of [
      { tool_choice: 'any' },
      { tools: [{ type: 'later' }] },
      { reasoning_effort: 'extreme' },
      { response_format: { type: 'grammar' } },
      { messages: [odd] },
      { made_up: {} },
    ]) {
      expect(openAi.parseRequest(chat(more)).raw).toEqual(chat(more));
    }
    for (const more of [
      { tools: [{ type: 'later' }] },
      { thinking: { type: 'later' } },
      { output_config: { effort: 'extreme', format: { type: 'later' } } },
      { messages: [odd] },
      { made_up: {} },
    ]) {
      expect(anthropic.parseRequest(claude(more)).raw).toEqual(claude(more));
    }
  });
});
