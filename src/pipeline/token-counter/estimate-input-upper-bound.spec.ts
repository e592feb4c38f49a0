import fc from 'fast-check';
import type { NativeChatRequest } from '../../chat/native-request.js';
import type { JsonObject, JsonValue } from '../../common/json.js';
import { countRequestTokens } from './count-request-tokens.js';
import { estimateInputUpperBound } from './estimate-input-upper-bound.js';
import { countBytes, countInThread, readAnthropic, readOpenai } from './token-counter.spec-support.js';
import { findTokenProfile } from './token-profile.js';

const MODELS = [
  'gpt-4o',
  'gpt-4',
  'gpt-5-mini',
  'gpt-6.2-sol',
  'o3',
  'claude-sonnet-4-5',
  'claude-opus-5-5',
  'unknown',
];

async function countExactly(native: NativeChatRequest, model: string): Promise<number> {
  const profile = findTokenProfile(model);
  const { tokens } = await countRequestTokens(native, model, profile, (units) =>
    Promise.resolve(
      units.map(({ texts }) => texts.reduce((sum, text) => sum + countInThread(profile.encoding, text), 0)),
    ),
  );
  return tokens;
}

async function expectBound(native: NativeChatRequest): Promise<void> {
  const bytes = countBytes(native);
  for (const model of MODELS) {
    expect(estimateInputUpperBound(native, bytes, model)).toBeGreaterThanOrEqual(
      await countExactly(native, model),
    );
  }
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.lorem({ maxCount: 30 }),
  fc.constantFrom('', '的'.repeat(40), '👍🏽'.repeat(20), '\u0000'.repeat(30), '<|endoftext|>'),
);
const base64 = fc.nat({ max: 4_000 }).map((length) => 'A'.repeat(length * 4));
const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);

const openaiPart: fc.Arbitrary<JsonObject> = fc.oneof(
  text.map((value) => ({ type: 'text', text: value })),
  fc.record({
    type: fc.constant('image_url'),
    image_url: fc.record({
      url: fc.oneof(
        fc.constant('https://x.test/i.png'),
        base64.map((data) => `data:image/png;base64,${data}`),
      ),
      detail: fc.constantFrom('low', 'high', 'auto', 'original'),
    }),
  }),
  base64.map((data) => ({ type: 'input_audio', input_audio: { data, format: 'wav' } })),
  base64.map((data) => ({ type: 'file', file: { file_data: `data:application/pdf;base64,${data}` } })),
);
const openaiMessage: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({
    role: fc.constantFrom('system', 'user'),
    content: text,
    name: fc.option(name, { nil: undefined }),
  }),
  fc.record({ role: fc.constant('user'), content: fc.array(openaiPart, { minLength: 1, maxLength: 4 }) }),
  fc.record({ role: fc.constant('tool'), tool_call_id: name, content: text }),
  fc.record({ role: fc.constant('assistant'), content: text, reasoning_content: text }),
  fc.array(fc.record({ id: name, name, text }), { minLength: 1, maxLength: 3 }).map((calls) => ({
    role: 'assistant',
    tool_calls: calls.map((call) => ({
      id: call.id,
      type: 'function',
      function: { name: call.name, arguments: JSON.stringify({ a: call.text }) },
    })),
  })),
);

const { schema } = fc.letrec<{ schema: JsonObject; property: JsonObject }>((tie) => ({
  property: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant<JsonObject>({}),
    fc.record({ type: fc.constantFrom<JsonValue>('string', ['integer', 'null']), description: text }),
    fc.record({
      enum: fc.array(fc.oneof(fc.nat({ max: 9 }), fc.constantFrom('', 'a', 'of'), fc.constant(null)), {
        maxLength: 80,
      }),
    }),
    fc.record({ type: fc.constant('array'), items: tie('schema') }),
    tie('schema'),
  ),
  schema: fc
    .dictionary(
      fc.string({ maxLength: 6 }).filter((key) => key !== '__proto__'),
      tie('property'),
      { maxKeys: 5 },
    )
    .map((properties) => ({ type: 'object', properties })),
}));
const toolParts = fc.record({ name, description: fc.option(text, { nil: undefined }), schema });

describe('estimateInputUpperBound', () => {
  it('is never below the exact count of a Chat Completions request, for any model, text, tool and payload', async () => {
    const bodies = fc.record({
      messages: fc.array(openaiMessage, { minLength: 1, maxLength: 8 }),
      tools: fc.array(toolParts, { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(bodies, async ({ messages, tools }) => {
        const functions = tools.map((tool) => ({
          type: 'function',
          function: { name: tool.name, description: tool.description, parameters: tool.schema },
        }));
        const body = { messages, ...(functions.length > 0 ? { tools: functions } : {}) };
        await expectBound(readOpenai(JSON.parse(JSON.stringify(body)) as JsonObject));
      }),
      { numRuns: 300 },
    );
  });

  it('is never below the exact count of a Messages request', async () => {
    const source = base64.map((data) => ({ type: 'base64', media_type: 'image/png', data }));
    const leaf: fc.Arbitrary<JsonObject> = fc.oneof(
      text.map((value) => ({ type: 'text', text: value })),
      source.map((value) => ({ type: 'image', source: value })),
    );
    const block: fc.Arbitrary<JsonObject> = fc.oneof(
      leaf,
      text.map((data) => ({
        type: 'document',
        title: data,
        source: { type: 'text', media_type: 'text/plain', data },
      })),
      base64.map((data) => ({
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data },
      })),
      fc.record({
        type: fc.constant('tool_result'),
        tool_use_id: name,
        content: fc.array(leaf, { maxLength: 3 }),
      }),
    );
    const bodies = fc.record({
      system: text,
      messages: fc.array(fc.array(block, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
      tools: fc.array(toolParts, { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(bodies, async ({ system, messages, tools }) => {
        const body = {
          system,
          messages: messages.map((content) => ({ role: 'user', content })),
          tools: tools.map((tool) => ({
            name: tool.name,
            description: tool.description,
            input_schema: tool.schema,
          })),
        };
        await expectBound(readAnthropic(JSON.parse(JSON.stringify(body)) as JsonObject));
      }),
      { numRuns: 300 },
    );
  });

  it('leaves room for enumerations of one-digit numbers, whose members are more tokens than bytes', async () => {
    const parameters = {
      type: 'object',
      properties: { a: { enum: Array.from({ length: 900 }, (_, index) => index % 10) } },
    };
    const tools = [{ type: 'function', function: { name: 'f', parameters } }];
    const native = readOpenai({ messages: [{ role: 'user', content: 'hi' }], tools });
    expect(await countExactly(native, 'gpt-4o')).toBeGreaterThan(countBytes(native));
    await expectBound(native);
  });

  it('does not count base64 payloads by their length', () => {
    const url = `data:image/png;base64,${'A'.repeat(4_000_000)}`;
    const native = readOpenai({
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
    });
    expect(estimateInputUpperBound(native, countBytes(native), 'gpt-4o')).toBeLessThan(3_000);
    expect(estimateInputUpperBound(native, countBytes(native), 'claude-sonnet-4-5')).toBeLessThan(3_000);
  });

  it('counts payloads by their length for the simulated provider, which does so too', () => {
    const url = `data:image/png;base64,${'A'.repeat(400_000)}`;
    const native = readOpenai({
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
    });
    expect(estimateInputUpperBound(native, countBytes(native), 'simulated-1')).toBeGreaterThan(100_000);
  });

  it('is at most a tenth above the bytes of a request of 2 kB of text', () => {
    const native = readOpenai({ messages: [{ role: 'user', content: 'word '.repeat(400) }] });
    const bytes = countBytes(native);
    expect(estimateInputUpperBound(native, bytes, 'gpt-4o')).toBeLessThan(bytes * 1.1);
  });

  it('leaves room for the descriptions of the provider’s own tools, which the body does not show', () => {
    const messages = [{ role: 'user', content: 'hi' }];
    const without = readAnthropic({ messages });
    const withTools = readAnthropic({ messages, tools: [{ type: 'computer_20251124', name: 'computer' }] });
    const bound = (native: NativeChatRequest): number =>
      estimateInputUpperBound(native, 100, 'claude-opus-5-5');
    // Computer use: 735 tokens for the tool and up to 499 for the system prompt.
    expect(bound(withTools) - bound(without)).toBeGreaterThan(735 + 499);
  });
});
