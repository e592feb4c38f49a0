import type { ProviderConfig } from '../../../../tenancy/config-snapshot.js';
import type { ProviderProfile } from '../../upstream-transport.port.js';

/** OpenAI and whatever speaks its Chat Completions API under another base URL, which ends in `/v1`. */
export const OPENAI_PROFILE: ProviderProfile = {
  dialect: 'openai-chat',
  path: '/chat/completions',
  buildHeaders(provider: Pick<ProviderConfig, 'apiKey'>): Record<string, string> {
    return provider.apiKey === null ? {} : { authorization: `Bearer ${provider.apiKey}` };
  },
};
