import { z } from 'zod';
import { timeoutsField } from './provider-fields.js';
import { enabledField, modelNameField, upstreamModelField } from './text-fields.js';

const MAX_WEIGHT = 1_000_000;
export const MAX_DEPLOYMENTS = 100;

export const strategyField = z.enum(['priority', 'weighted']);

/** Besides provider and price. */
export const deploymentFields = {
  upstreamModel: upstreamModelField,
  weight: z.int().min(0).max(MAX_WEIGHT).default(1),
  /** Lower is tried first. */
  priority: z.int().min(0).max(MAX_WEIGHT).default(0),
  defaultMaxOutputTokens: z.int().min(1).max(10_000_000).optional(),
  /** Ask for usage in OpenAI streams. */
  streamUsage: z.boolean().default(true),
  timeouts: timeoutsField.default({}),
};

/** Besides the deployments. */
export const modelFields = {
  name: modelNameField,
  strategy: strategyField.default('priority'),
  enabled: enabledField,
};
