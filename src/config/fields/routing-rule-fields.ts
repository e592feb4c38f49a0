import { z } from 'zod';
import {
  enabledField,
  modelNameField,
  modelPatternField,
  nameField,
  tagField,
  userField,
} from './text-fields.js';

const MAX_PRIORITY = 1_000_000;
const MAX_PROVIDERS = 50;

export const taskClassField = z.enum([
  'chat',
  'code',
  'reason',
  'summarize',
  'extract',
  'classify',
  'translate',
  'tool-use',
]);
export const sizeClassField = z.enum(['tiny', 'small', 'medium', 'large', 'huge']);
export const modalityField = z.enum(['text', 'image', 'document', 'audio']);

/** Besides the key, which the document names and the API knows by its id. */
export const conditionFields = {
  model: modelPatternField.optional(),
  tag: tagField.optional(),
  user: userField.optional(),
  taskClass: taskClassField.optional(),
  sizeClass: sizeClassField.optional(),
  modality: modalityField.optional(),
  stream: z.boolean().optional(),
};

export const routingActionField = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('use-model'), model: modelNameField }),
  z.strictObject({
    type: z.literal('use-providers'),
    providers: z.array(nameField).min(1).max(MAX_PROVIDERS),
  }),
]);

/** Besides the conditions. */
export const routingRuleFields = {
  name: nameField,
  /** Lower is asked first; the first that matches decides. */
  priority: z.int().min(0).max(MAX_PRIORITY).default(0),
  action: routingActionField,
  enabled: enabledField,
};
