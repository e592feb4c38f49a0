import { createVaultKey, VaultIndex } from './vault-index.js';

const LIMITS = { maxEntries: 100, maxBytes: 1_000_000 };

describe('VaultIndex', () => {
  it('gives back what it was told', () => {
    const vault = new VaultIndex(LIMITS);
    vault.remember('a', 0);
    expect([vault.find('a'), vault.find('b')]).toEqual([0, null]);
  });

  it('never holds more entries than allowed and drops what was not used for longest', () => {
    const vault = new VaultIndex({ ...LIMITS, maxEntries: 3 });
    for (const key of ['a', 'b', 'c']) vault.remember(key, 1);
    vault.find('a');
    vault.remember('d', 1);
    expect(vault.size).toBe(3);
    expect(['a', 'b', 'c', 'd'].map((key) => vault.find(key))).toEqual([1, null, 1, 1]);
  });

  it('never holds more bytes than allowed', () => {
    const vault = new VaultIndex({ maxEntries: 1_000, maxBytes: 10_000 });
    for (let index = 0; index < 1_000; index += 1) vault.remember(`${'k'.repeat(80)}${index}`, index);
    expect(vault.size).toBeGreaterThan(20);
    expect(vault.size).toBeLessThanOrEqual(50);
  });
});

describe('createVaultKey', () => {
  it('differs for another tenant, another encoding and another content', () => {
    const keys = [
      createVaultKey('t1', 'o200k_base', ['hello']),
      createVaultKey('t2', 'o200k_base', ['hello']),
      createVaultKey('t1', 'cl100k_base', ['hello']),
      createVaultKey('t1', 'o200k_base', ['hello ']),
      createVaultKey('t1', 'o200k_base', ['hel', 'lo']),
      createVaultKey('t1', 'o200k_base', ['["hel","lo"]']),
      createVaultKey('t1', 'o200k_base', ['hel', 'l', 'o']),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(createVaultKey('t1', 'o200k_base', ['hello'])).toBe(keys[0]);
  });

  it('holds nothing of the content', () => {
    expect(createVaultKey('t1', 'o200k_base', ['my secret'])).not.toContain('secret');
  });
});
