import type { JsonObject, JsonValue } from '../../src/common/json.ts';
import { readAndRender } from '../support/fixtures/translate-request.ts';

const user = { role: 'user', content: 'x' };
const chat = (more: JsonObject): JsonObject => ({ model: 'm', messages: [user], ...more });
const claude = (more: JsonObject): JsonObject => ({ model: 'm', max_tokens: 5, messages: [user], ...more });

describe('a body of very many small things', () => {
  /** More than the arguments that a call can take. */
  const MANY = 150_000;
  /** Enough to be noticed when each costs the time of all. */
  const VERY_MANY = 400_000;
  const many = <T extends JsonValue>(value: T, count = MANY): T[] =>
    Array.from({ length: count }, () => value);
  const text = { type: 'text', text: 'x' };
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
  const detail = { type: 'reasoning.text', text: 'x', signature: 's', index: 0 };

  it.each<[string, JsonObject]>([
    ['parts of a user', chat({ messages: [{ role: 'user', content: many(text) }] })],
    ['parts of a prompt', chat({ messages: [{ role: 'system', content: many(text) }, user] })],
    [
      'parts and thoughts of an assistant',
      chat({
        messages: [
          { role: 'assistant', content: many(text), reasoning_details: many(detail, VERY_MANY) },
          user,
        ],
      }),
    ],
    [
      'calls',
      chat({ messages: [{ role: 'assistant', tool_calls: many(call), reasoning_details: many(detail) }] }),
    ],
    ['messages', chat({ messages: many(user) })],
    ['parts that are not known', chat({ messages: [{ role: 'user', content: many({ type: 'other' }) }] })],
    ['blocks', claude({ system: many(text), messages: [{ role: 'user', content: many(text) }] })],
    [
      'results',
      claude({
        messages: [
          { role: 'user', content: many({ type: 'tool_result', tool_use_id: 'c', content: [text] }) },
        ],
      }),
    ],
    ['tools', claude({ tools: many({ name: 'f', input_schema: {} }) })],
  ])(
    'is read and rendered in a time that grows no faster than it: %s',
    (_name, body) => {
      readAndRender(body);
    },
    30_000,
  );
});
