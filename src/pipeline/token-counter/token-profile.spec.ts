import { findModelFamily } from './find-model-family.js';
import { findTokenProfile } from './token-profile.js';

describe('findTokenProfile', () => {
  it.each([
    ['gpt-4o', 'o200k_base'],
    ['gpt-4o-mini-2024-07-18', 'o200k_base'],
    ['chatgpt-4o-latest', 'o200k_base'],
    ['gpt-4.1-nano', 'o200k_base'],
    ['gpt-4.5-preview', 'o200k_base'],
    ['gpt-5.4-mini', 'o200k_base'],
    ['o1', 'o200k_base'],
    ['o3-mini', 'o200k_base'],
    ['o4-mini-2025-04-16', 'o200k_base'],
    ['gpt-oss-120b', 'o200k_base'],
    ['ft:gpt-4o-2024-08-06:acme::1', 'o200k_base'],
    ['openai/gpt-4o', 'o200k_base'],
    ['gpt-4', 'cl100k_base'],
    ['gpt-4-turbo-2024-04-09', 'cl100k_base'],
    ['gpt-4-0613', 'cl100k_base'],
    ['gpt-3.5-turbo', 'cl100k_base'],
    ['gpt-35-turbo', 'cl100k_base'],
    ['ft:gpt-3.5-turbo:acme::1', 'cl100k_base'],
  ] as const)('knows that %s has the tokenizer %s', (model, encoding) => {
    expect(findTokenProfile(model)).toEqual({ encoding, percent: 100, isOwn: true, family: 'openai' });
  });

  it.each(['claude-3-5-haiku', 'claude-opus-4-6', 'claude-haiku-4-5-20251001', 'anthropic/claude-sonnet-4'])(
    'scales the older tokenizer of %s',
    (model) => {
      expect(findTokenProfile(model)).toMatchObject({ percent: 115, isOwn: false, family: 'anthropic' });
    },
  );

  it.each([
    'claude-opus-4-7',
    'claude-opus-4-8',
    'claude-sonnet-5',
    'claude-opus-5-5',
    'claude-fable-5-2',
    'claude-haiku-5-5',
  ])('scales the newer tokenizer of %s', (model) => {
    expect(findTokenProfile(model)).toMatchObject({ percent: 150, isOwn: false, family: 'anthropic' });
  });

  it.each(['gpt-6.2-sol', 'o2000', 'llama-3', 'my-gpt-4o', 'toString', ''])(
    'does not claim to know the tokenizer of %j',
    (model) => {
      expect(findTokenProfile(model)).toMatchObject({ isOwn: false, family: 'openai' });
    },
  );
});

describe('findModelFamily', () => {
  it.each([
    ['gpt-4o-2024-08-06', 'gpt-4o'],
    ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
    ['claude-3-5-haiku-latest', 'claude-3-5-haiku'],
    ['gpt-4o', null],
    ['gpt-4-0613', null],
    ['gpt-5-chat-latest', null],
    ['2024-08-06', null],
    ['-20250929', null],
  ])('finds for %s the family %s', (model, family) => {
    expect(findModelFamily(model)).toBe(family);
  });
});
