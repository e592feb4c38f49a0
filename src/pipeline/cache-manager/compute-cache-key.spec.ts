import type { JsonValue } from '../../common/json.js';
import { computeCacheKey, type CacheKeyParts } from './compute-cache-key.js';

const parts: CacheKeyParts = {
  secret: 's',
  tenantId: 't1',
  planFingerprint: 'p',
  route: 'messages',
  anthropicBeta: '',
  form: null,
  body: { model: 'm', messages: [{ role: 'user', content: 'hi' }], temperature: 0 },
};
const keyOf = (change: Partial<CacheKeyParts>): string => computeCacheKey({ ...parts, ...change });

describe('computeCacheKey', () => {
  it('ignores the order of members and those known not to matter', () => {
    const body = {
      temperature: 0,
      stream: true,
      user: 'u',
      messages: [{ content: 'hi', role: 'user' }],
      model: 'm',
    };
    expect(keyOf({ body })).toBe(keyOf({}));
  });

  it.each<[string, Partial<CacheKeyParts>]>([
    ['tenant', { tenantId: 't2' }],
    ['plan', { planFingerprint: 'q' }],
    ['secret', { secret: 'other' }],
    ['route', { route: 'chat-completions' }],
    ['anthropic-beta', { anthropicBeta: 'x' }],
    ['form, where it matters', { form: 'whole' }],
    ['unknown member', { body: { ...parts.body, something_new: 1 } }],
    ['nested member named like an ignored one', { body: { ...parts.body, nested: { user: 'u' } } }],
    ['text', { body: { ...parts.body, messages: [{ role: 'user', content: 'hi ' }] } }],
  ])('changes with the %s', (_, change) => {
    expect(keyOf(change)).not.toBe(keyOf({}));
  });

  it('tells a stream from a whole answer where the form matters', () => {
    expect(keyOf({ form: 'stream' })).not.toBe(keyOf({ form: 'whole' }));
  });

  it.each<[string, JsonValue, JsonValue]>([
    ['texts that read the same when joined', ['1:a', 'b'], ['1:a,1:b']],
    ['a number and its text', 1, '1'],
    ['null and its text', null, 'null'],
    ['lists of other shapes', [[1], 2], [[1, 2]]],
    ['a list and an object', ['a', 1], { a: 1 }],
    ['an empty list and an empty object', [], {}],
    ['halves of different surrogate pairs', '\ud800', '\ud801'],
    ['half a pair and the replacement character', '\ud800', '\ufffd'],
  ])('tells apart %s', (_, left, right) => {
    expect(keyOf({ body: { x: left } })).not.toBe(keyOf({ body: { x: right } }));
  });

  it('sorts members by code unit, however many', () => {
    const names = Array.from({ length: 60 }, (_, index) => `${index % 7}Zé${index}`);
    for (const count of [2, 24, 25, 60]) {
      const members = names.slice(0, count).map((name, index) => [name, index] as const);
      const body = Object.fromEntries(members);
      expect(keyOf({ body })).toBe(keyOf({ body: Object.fromEntries(members.toReversed()) }));
    }
  });

  it('does not confuse a tenant and plan that read the same when joined', () => {
    expect(keyOf({ tenantId: 'a', planFingerprint: 'bc' })).not.toBe(
      keyOf({ tenantId: 'ab', planFingerprint: 'c' }),
    );
  });
});
