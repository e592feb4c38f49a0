import { z } from 'zod';
import { validateBaseUrl } from '../../pipeline/provider-router/validate-base-url.js';
import { enabledField, nameField } from './text-fields.js';

const ONE_DAY_MS = 86_400_000;
const ONE_HOUR_SECONDS = 3_600;

export const providerKindField = z.enum(['openai', 'anthropic', 'simulated']);

export const baseUrlField = z
  .string()
  .max(2_048)
  .superRefine((url, context) => {
    const check = validateBaseUrl(url);
    if (!check.ok) context.addIssue({ code: 'custom', message: check.reason });
  });

/** What an HTTP header carries. */
export const HEADER_TEXT = /^[\x21-\x7e]{1,4096}$/;

const timeoutMs = z.int().min(1).max(ONE_DAY_MS).optional();

export const timeoutsField = z.strictObject({
  connectMs: timeoutMs,
  firstByteMs: timeoutMs,
  idleMs: timeoutMs,
  totalMs: timeoutMs,
});

const ratio = z.number().min(0).max(1).optional();
const seconds = z.int().min(1).max(ONE_HOUR_SECONDS).optional();

export const breakerField = z.strictObject({
  consecutiveFailures: z.int().min(1).max(1_000).optional(),
  errorRatio: ratio,
  minimumCalls: z.int().min(1).max(100_000).optional(),
  windowSeconds: seconds,
  /** Null: no call is slow. */
  slowCallMs: z.int().min(1).max(ONE_DAY_MS).nullable().optional(),
  slowCallRatio: ratio,
  openSeconds: seconds,
  halfOpenSuccesses: z.int().min(1).max(100).optional(),
});

const setting = z.union([z.string().max(256), z.number(), z.boolean()], {
  error: 'must be text, a number, true or false',
});

export const settingsField = z.record(z.string().max(64), setting);

/** Besides address and credential. */
export const providerFields = {
  name: nameField,
  kind: providerKindField,
  timeouts: timeoutsField.default({}),
  breaker: breakerField.default({}),
  settings: settingsField.default({}),
  enabled: enabledField,
};
