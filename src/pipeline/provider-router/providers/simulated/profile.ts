import type { ProviderProfile } from '../../upstream-transport.port.js';

/** The simulated provider speaks Chat Completions and needs no credential. */
export const SIMULATED_PROFILE: ProviderProfile = {
  dialect: 'openai-chat',
  path: '/chat/completions',
  buildHeaders: () => ({}),
};
