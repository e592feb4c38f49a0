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

/**
 * An id in a body or a query, in lower case as every id is made, stored and compared: columns of the type uuid ignore the
 * case, the texts inside JSON and in memory do not.
 */
export const idField = z.uuid().toLowerCase();

const keyId = idField.optional();

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

/** `owner` in a query or in the body of a POST. */
export const ownerFilter = z.union([z.literal('platform'), idField]);

/** In a query: an id as above, or what else stands in its place, such as `bootstrap`. */
export const idOrWordFilter = z
  .string()
  .max(256)
  .overwrite((text) => (idField.safeParse(text).success ? text.toLowerCase() : text));

/** A name in a query, which finds nothing where nothing can be called so. */
export const nameFilter = z.string().max(256);
