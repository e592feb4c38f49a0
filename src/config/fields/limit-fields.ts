import { z } from 'zod';
import { isJsonObject } from '../../common/json.js';
import { amountUsdField } from './money-fields.js';
import { enabledField, modelNameField, modelPatternField, tagField, userField } from './text-fields.js';
import { timeZoneField } from './time-fields.js';

const MAX_WINDOW_SECONDS = 30 * 86_400;
const MAX_LIMIT = 1_000_000_000_000;
const MAX_TOKENS = 9_000_000_000_000_000;
const MAX_URL_LENGTH = 2_048;
const WITHOUT_SPACES = /^[^\s\p{Cc}]+$/u;

/** Besides the key, which the document names and the API knows by its id. Limits and budgets are counted for one model. */
export const limitScopeFields = {
  model: modelNameField.optional(),
  tag: tagField.optional(),
  user: userField.optional(),
};

/** A policy may be for many models: `gpt-*`. */
export const policyScopeFields = { ...limitScopeFields, model: modelPatternField.optional() };

export const metricField = z.enum(['requests', 'tokens', 'input-tokens', 'output-tokens', 'concurrency']);

export const rateLimitFields = {
  metric: metricField,
  limit: z.int().min(1).max(MAX_LIMIT),
  /** Ignored for concurrency. */
  windowSeconds: z.int().min(1).max(MAX_WINDOW_SECONDS).default(60),
  enabled: enabledField,
};

export const periodField = z.enum(['day', 'week', 'month', 'total']);
export const budgetModeField = z.enum(['hard', 'soft']);
export const unpricedField = z.enum(['refuse', 'allow']);
export const tokensField = z.int().min(1).max(MAX_TOKENS);

/** Besides the address of the webhook, which the document may refer to. */
export const budgetFields = {
  amountUsd: amountUsdField.optional(),
  tokens: tokensField.optional(),
  period: periodField,
  timeZone: timeZoneField.default('UTC'),
  mode: budgetModeField.default('hard'),
  alertPercents: z.array(z.int().min(1).max(1_000)).max(20).default([]),
  unpriced: unpricedField.default('refuse'),
  enabled: enabledField,
};

interface Amounts {
  amountUsd?: unknown;
  tokens?: unknown;
}

export function hasOneAmount({ amountUsd, tokens }: Amounts): boolean {
  return (amountUsd === undefined) !== (tokens === undefined);
}

/** Judged whatever else is wrong, so that all faults are told at once. */
export const ONE_AMOUNT = {
  message: 'must have exactly one of amountUsd and tokens',
  when: ({ value }: { value: unknown }) => isJsonObject(value),
};

export const WEBHOOK_MESSAGE = 'must be an http or https URL without user and password';

export function isWebhookUrl(text: string): boolean {
  const url = text.length <= MAX_URL_LENGTH && WITHOUT_SPACES.test(text) ? URL.parse(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}
