import type { ProviderConfig } from '../../../../tenancy/config-snapshot.js';
import type { ProviderProfile } from '../../upstream-transport.port.js';

/** The version that Anthropic's API reference documents; sent when the client named none. */
const DEFAULT_VERSION = '2023-06-01';

/** Anthropic's Messages API. The base URL ends in `/v1`. A client's own `anthropic-version` is laid over these headers. */
export const ANTHROPIC_PROFILE: ProviderProfile = {
  dialect: 'anthropic-messages',
  path: '/messages',
  buildHeaders(provider: Pick<ProviderConfig, 'apiKey'>): Record<string, string> {
    const version = { 'anthropic-version': DEFAULT_VERSION };
    return provider.apiKey === null ? version : { ...version, 'x-api-key': provider.apiKey };
  },
};
