import type { z } from 'zod';
import type { JsonObject, JsonValue } from '../../common/json.js';
import { listUnknownFields, parseInput } from '../http/parse-input.js';
import { mergePatch } from './merge-patch.js';
import { toPatchSchema } from './to-patch-schema.js';

/** Of each resource, made when it is first patched. */
const patchSchemas = new WeakMap<z.ZodType, z.ZodType>();

/**
 * What a PATCH makes of a row (RFC 7396): the patch is merged into the row as a client would send it, and the result checked
 * like a new one. So no sequence of patches leads to a row that POST would refuse, and null gives a member its default.
 * Members that nobody knows are refused also when they are null, which leaves no trace in the result.
 * @throws GatewayError('invalid_request') with all invalid fields.
 */
export function patchInput<Schema extends z.ZodObject>(
  schema: Schema,
  current: JsonObject,
  patch: unknown,
): z.output<Schema> {
  const sent = (patch ?? {}) as JsonValue;
  return parseInput(schema, mergePatch(current, sent), listUnknownFields(getPatchSchema(schema), sent));
}

function getPatchSchema(schema: z.ZodObject): z.ZodType {
  const known = patchSchemas.get(schema);
  if (known !== undefined) return known;
  const made = toPatchSchema(schema);
  patchSchemas.set(schema, made);
  return made;
}
