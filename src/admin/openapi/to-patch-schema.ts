import { z } from 'zod';

/**
 * The merge patch of what a POST accepts: every member may be absent, and null removes it, that is, gives it its default.
 * The service checks the result of the merge by the schema of the POST itself.
 */
export function toPatchSchema(input: z.ZodObject): z.ZodObject {
  const members = Object.entries(input.shape).map(([name, schema]) => [name, toMember(schema as z.ZodType)]);
  return z.strictObject(Object.fromEntries(members) as z.ZodRawShape);
}

function toMember(schema: z.ZodType): z.ZodType {
  return withoutDefault(schema).nullish();
}

function withoutDefault(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema;
}
