import { z } from 'zod';
import { isTimeZone } from '../../common/time-zone.js';
import { hasNoControlCharacters, hasNoUserinfo } from './checks.js';
import { isRedactedUrl } from './redact-url.js';

/** Field schemas that several resources share. */
export const nameField = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .refine(hasNoControlCharacters, 'Must not contain control characters');

export const modelNameField = z
  .string()
  .min(1)
  .max(256)
  .refine(hasNoControlCharacters, 'Must not contain control characters');

export const tagField = z.string().regex(/^[A-Za-z0-9_.-]{1,64}=[^,=\s][^,=]{0,127}$/, 'Written name=value');
export const userField = z
  .string()
  .min(1)
  .max(256)
  .refine(hasNoControlCharacters, 'Must not contain control characters');
export const timeZoneField = z.string().max(64).refine(isTimeZone, 'Unknown time zone');
/** An instant of a query, as milliseconds since 1970. */
export const instantField = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
export const webhookField = z
  .url({ protocol: /^https?$/ })
  .max(2_048)
  .refine(hasNoUserinfo, 'Must not hold a user or password: no alert would be sent there')
  .refine((text) => !isRedactedUrl(text), 'Is redacted; send the whole address, or leave it out to keep it');

/** Inside the owner's reach; all members present must match. */
export const scopeSchema = z.strictObject({
  keyId: z.uuid().optional(),
  model: modelNameField.optional(),
  tag: tagField.optional(),
  user: userField.optional(),
});

const timeoutMs = z.int().min(1).max(86_400_000);

export const timeoutsSchema = z.strictObject({
  connectMs: timeoutMs.optional(),
  firstByteMs: timeoutMs.optional(),
  idleMs: timeoutMs.optional(),
  totalMs: timeoutMs.optional(),
});

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
