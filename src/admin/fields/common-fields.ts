import { z } from 'zod';
import {
  isWebhookUrl,
  limitScopeFields,
  policyScopeFields,
  WEBHOOK_MESSAGE,
} from '../../config/fields/limit-fields.js';
import { isRedactedUrl } from './redact-url.js';

/** Field schemas of the API alone that several resources share; what a field may hold stands in src/config/fields. */

/** An instant of a query, as milliseconds since 1970. */
export const instantField = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
export const webhookField = z
  .string()
  .refine(isWebhookUrl, WEBHOOK_MESSAGE)
  .refine((text) => !isRedactedUrl(text), 'Is redacted; send the whole address, or leave it out to keep it');

const keyId = z.uuid().optional();

/** Inside the owner's reach; all members present must match. */
export const limitScopeSchema = z.strictObject({ keyId, ...limitScopeFields });
export const policyScopeSchema = z.strictObject({ keyId, ...policyScopeFields });

export const managedByField = z.enum(['api', 'file', 'demo']);

/** Members that every view of an owned row has. */
export const ownedViewFields = {
  id: z.uuid(),
  owner: z.union([z.literal('platform'), z.uuid()]),
  managedBy: managedByField,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
};

/** `true` or `false` in a query. */
export const booleanFilter = z.enum(['true', 'false']).transform((text) => text === 'true');

export const ownerFilter = z.union([z.literal('platform'), z.uuid()]);

/** A name in a query, which finds nothing where nothing can be called so. */
export const nameFilter = z.string().max(256);
