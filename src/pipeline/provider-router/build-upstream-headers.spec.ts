import type { ProviderConfig } from '../../tenancy/config-snapshot.js';
import { buildUpstreamHeaders } from './build-upstream-headers.js';
import { ANTHROPIC_PROFILE } from './providers/anthropic/profile.js';
import { OPENAI_PROFILE } from './providers/openai/profile.js';

describe('buildUpstreamHeaders', () => {
  const provider = { apiKey: 'secret' } as unknown as ProviderConfig;

  it('adds OpenAI’s credential', () => {
    expect(
      buildUpstreamHeaders(OPENAI_PROFILE, provider, { accept: '*/*', 'openai-beta': 'b' }, true),
    ).toEqual({
      authorization: 'Bearer secret',
      accept: '*/*',
      'openai-beta': 'b',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
    });
  });

  it('adds Anthropic’s credential and the version unless the client named one', () => {
    const headers = buildUpstreamHeaders(ANTHROPIC_PROFILE, provider, {}, true);
    expect(headers).toMatchObject({ 'x-api-key': 'secret', 'anthropic-version': '2023-06-01' });
    const named = buildUpstreamHeaders(
      ANTHROPIC_PROFILE,
      provider,
      { 'anthropic-version': '2024-01-01' },
      true,
    );
    expect(named['anthropic-version']).toBe('2024-01-01');
  });

  it('does not send one vendor’s headers to another', () => {
    const headers = buildUpstreamHeaders(
      OPENAI_PROFILE,
      provider,
      { 'anthropic-beta': 'x', 'anthropic-version': 'y' },
      false,
    );
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['anthropic-beta']));
    expect(headers).not.toHaveProperty('anthropic-version');
  });

  it('sends no credential where the provider needs none', () => {
    expect(
      buildUpstreamHeaders(OPENAI_PROFILE, { apiKey: null } as unknown as ProviderConfig, {}, true),
    ).not.toHaveProperty('authorization');
  });
});
