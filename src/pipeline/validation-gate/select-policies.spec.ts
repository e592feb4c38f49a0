import type { KeyId, TenantId } from '../../common/ids.js';
import type { PolicyConfig, Scope } from '../../tenancy/config-snapshot.js';
import { selectPolicies } from './select-policies.js';

const subject = {
  tenantId: 'tenant-a',
  keyId: 'key-1',
  model: 'gpt-4o-mini',
  servedModel: 'gpt-4o-mini',
  tags: { team: 'red', note: 'a=b' },
  user: 'alice',
};

function policy(owner: string, scope: Scope): PolicyConfig {
  const actions = { low: 'allow', medium: 'flag', high: 'block', critical: 'block' } as const;
  return {
    id: 'policy',
    owner: owner as TenantId,
    name: 'policy',
    version: 1,
    scope,
    direction: 'request',
    detectors: [],
    actions,
    mode: 'enforce',
  };
}

const applies = (owner: string, scope: Scope = {}, who = subject) =>
  selectPolicies([policy(owner, scope)], who).length === 1;

describe('policy selection', () => {
  it("takes the platform's policies and the tenant's own, and no other tenant's", () => {
    expect(applies('platform')).toBe(true);
    expect(applies('tenant-a')).toBe(true);
    expect(applies('tenant-b')).toBe(false);
  });

  it("takes the platform's policies for the model that a rule made of an alias, too", () => {
    const aliased = { ...subject, model: 'alias' };
    expect(applies('platform', { model: 'gpt-*' }, aliased)).toBe(true);
    expect(applies('platform', { model: 'alias' }, aliased)).toBe(true);
    expect(applies('tenant-a', { model: 'gpt-*' }, aliased)).toBe(false);
  });

  it.each<[string, Scope, boolean]>([
    ['the key', { keyId: 'key-1' as KeyId }, true],
    ['another key', { keyId: 'key-2' as KeyId }, false],
    ['the model', { model: 'gpt-4o-mini' }, true],
    ['a pattern of the model', { model: 'gpt-*-mini' }, true],
    ['a part of its name', { model: 'gpt-4o' }, false],
    ['another model', { model: 'claude-*' }, false],
    ['a tag', { tag: 'team=red' }, true],
    ['a tag whose value has an equals sign', { tag: 'note=a=b' }, true],
    ['another value of a tag', { tag: 'team=blue' }, false],
    ['a tag without a value', { tag: 'team' }, false],
    ['a tag that every object inherits', { tag: 'toString=x' }, false],
    ['the user', { user: 'alice' }, true],
    ['another user', { user: 'bob' }, false],
    ['all members at once', { keyId: 'key-1' as KeyId, model: '*', tag: 'team=red', user: 'alice' }, true],
    [
      'members of which one differs',
      { keyId: 'key-1' as KeyId, model: '*', tag: 'team=red', user: 'bob' },
      false,
    ],
  ])('compares the scope with %s', (_, scope, expected) => {
    expect(applies('tenant-a', scope)).toBe(expected);
  });

  it('matches no user where none is named', () => {
    expect(applies('platform', { user: 'alice' }, { ...subject, user: null as never })).toBe(false);
  });
});
