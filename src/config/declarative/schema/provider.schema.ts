import { z } from 'zod';
import type { ProviderKind } from '../../../tenancy/config-snapshot.js';
import { baseUrlField, providerFields } from '../../fields/provider-fields.js';
import type { DeclaredProvider, SealedCredential } from '../declarative-config.js';

export const DEFAULT_BASE_URLS: Record<ProviderKind, string> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
  simulated: 'http://simulated.invalid',
};

export function providerSchema(apiKey: z.ZodType<string | SealedCredential>) {
  return z
    .strictObject({ ...providerFields, baseUrl: baseUrlField.optional(), apiKey: apiKey.optional() })
    .transform((provider): DeclaredProvider => ({
      ...provider,
      baseUrl: provider.baseUrl ?? DEFAULT_BASE_URLS[provider.kind],
      apiKey: provider.apiKey ?? null,
    }));
}
