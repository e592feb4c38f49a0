import { computeCacheKey, type CacheKeyParts } from './compute-cache-key.js';

const parts: CacheKeyParts = {
  secret: 's',
  tenantId: 't1',
  planFingerprint: 'p',
  route: 'messages',
  anthropicBeta: '',
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
    ['unknown member', { body: { ...parts.body, something_new: 1 } }],
    ['nested member named like an ignored one', { body: { ...parts.body, nested: { user: 'u' } } }],
    ['text', { body: { ...parts.body, messages: [{ role: 'user', content: 'hi ' }] } }],
  ])('changes with the %s', (_, change) => {
    expect(keyOf(change)).not.toBe(keyOf({}));
  });

  it('does not confuse a tenant and plan that read the same when joined', () => {
    expect(keyOf({ tenantId: 'a', planFingerprint: 'bc' })).not.toBe(
      keyOf({ tenantId: 'ab', planFingerprint: 'c' }),
    );
  });
});
