import { generateKey, isWellFormedKey } from './key-format.js';

describe('key format', () => {
  it('makes keys of prefix, 43 digits and 6 digits of checksum, no two alike', () => {
    const keys = Array.from({ length: 500 }, () => generateKey('tpk_'));
    for (const key of keys) expect(key).toMatch(/^tpk_[0-9A-Za-z]{49}$/);
    expect(new Set(keys).size).toBe(500);
  });

  it('accepts what it made, under its own prefix only', () => {
    const key = generateKey('tpa_');
    expect(isWellFormedKey(key, 'tpa_')).toBe(true);
    expect(isWellFormedKey(key, 'tpk_')).toBe(false);
    expect(isWellFormedKey(`tpk_${key.slice(4)}`, 'tpk_')).toBe(false);
  });

  it('refuses a key with any one character changed, added or removed', () => {
    const key = generateKey('tpk_');
    for (let index = 0; index < key.length; index += 1) {
      const other = key[index] === 'a' ? 'b' : 'a';
      expect(isWellFormedKey(key.slice(0, index) + other + key.slice(index + 1), 'tpk_')).toBe(false);
      expect(isWellFormedKey(key.slice(0, index) + key.slice(index + 1), 'tpk_')).toBe(false);
    }
    expect(isWellFormedKey(`${key}a`, 'tpk_')).toBe(false);
    expect(isWellFormedKey(`${key}\n`, 'tpk_')).toBe(false);
    expect(isWellFormedKey('', 'tpk_')).toBe(false);
  });

  it('keeps recognising keys that were handed out by earlier versions', () => {
    expect(isWellFormedKey('tpk_0000000000000000000000000000000000000000000FIXED0', 'tpk_')).toBe(false);
    expect(isWellFormedKey('tpk_00000000000000000000000000000000000000000001XXXXXX', 'tpk_')).toBe(false);
  });
});
