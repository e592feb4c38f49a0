import { hasTag } from './has-tag.js';

describe('hasTag', () => {
  it.each<[Record<string, string>, string, boolean]>([
    [{ team: 'a' }, 'team=a', true],
    [{ team: 'a' }, 'team=b', false],
    [{ team: 'a' }, 'app=a', false],
    [{ team: 'a=b' }, 'team=a=b', true],
    [{ team: '' }, 'team=', true],
    [{ tea: 'team' }, 'team', false],
    [{ team: '' }, 'team', false],
  ])('finds in %j the tag %s: %s', (tags, tag, expected) => {
    expect(hasTag(tags, tag)).toBe(expected);
  });

  it.each(['constructor', '__proto__', 'toString'])('does not take the inherited %s for a tag', (name) => {
    const inherited = String(({} as Record<string, unknown>)[name]);
    expect(hasTag({}, `${name}=${inherited}`)).toBe(false);
    expect(hasTag({}, `${name}=`)).toBe(false);
  });

  it('finds a tag whose name is also that of an inherited member', () => {
    expect(hasTag({ constructor: 'a' }, 'constructor=a')).toBe(true);
  });
});
