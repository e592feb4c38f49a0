import { z } from 'zod';
import { validateBaseUrl } from '../../../pipeline/provider-router/validate-base-url.js';
import type { ProviderKind } from '../../../tenancy/config-snapshot.js';
import type { DeclaredProvider, SealedCredential } from '../declarative-config.js';
import { enabledSchema, nameSchema } from './text.schema.js';

const ONE_DAY_MS = 86_400_000;
const ONE_HOUR_SECONDS = 3_600;

export const DEFAULT_BASE_URLS: Record<ProviderKind, string> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
  simulated: 'http://simulated.invalid',
};

const timeoutMs = z.int().min(1).max(ONE_DAY_MS).optional();

export const timeoutsSchema = z
  .strictObject({ connectMs: timeoutMs, firstByteMs: timeoutMs, idleMs: timeoutMs, totalMs: timeoutMs })
  .default({});

const ratio = z.number().min(0).max(1).optional();
const seconds = z.int().min(1).max(ONE_HOUR_SECONDS).optional();

const breakerSchema = z
  .strictObject({
    consecutiveFailures: z.int().min(1).max(1_000).optional(),
    errorRatio: ratio,
    minimumCalls: z.int().min(1).max(100_000).optional(),
    windowSeconds: seconds,
    slowCallMs: z.int().min(1).max(ONE_DAY_MS).nullable().optional(),
    slowCallRatio: ratio,
    openSeconds: seconds,
    halfOpenSuccesses: z.int().min(1).max(100).optional(),
  })
  .default({});

const baseUrlSchema = z
  .string()
  .max(2_048)
  .transform((url, context) => {
    const check = validateBaseUrl(url);
    if (!check.ok) context.addIssue({ code: 'custom', message: check.reason });
    return url;
  });

const settingSchema = z.union([z.string().max(256), z.number(), z.boolean()], {
  error: 'must be text, a number, true or false',
});

export function providerSchema(apiKey: z.ZodType<string | SealedCredential>) {
  return z
    .strictObject({
      name: nameSchema,
      kind: z.enum(['openai', 'anthropic', 'simulated']),
      baseUrl: baseUrlSchema.optional(),
      apiKey: apiKey.optional(),
      timeouts: timeoutsSchema,
      breaker: breakerSchema,
      settings: z.record(z.string().max(64), settingSchema).default({}),
      enabled: enabledSchema,
    })
    .transform((provider): DeclaredProvider => ({
      ...provider,
      baseUrl: provider.baseUrl ?? DEFAULT_BASE_URLS[provider.kind],
      apiKey: provider.apiKey ?? null,
    }));
}
