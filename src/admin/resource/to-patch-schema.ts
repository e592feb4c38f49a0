import { z } from 'zod';

/**
 * The merge patch of what a POST accepts: every member may be absent, and null removes it, that is, gives it its default; the
 * same at every depth. The service checks the result of the merge by the schema of the POST itself.
 */
export function toPatchSchema(input: z.ZodObject): z.ZodObject {
  const members = Object.entries(input.shape).map(([name, schema]) => [name, toMember(schema as z.ZodType)]);
  return z.strictObject(Object.fromEntries(members) as z.ZodRawShape);
}

function toMember(schema: z.ZodType): z.ZodType {
  return toPatch(schema).nullish();
}

/** Objects and records are merged; everything else is replaced as a whole. */
function toPatch(schema: z.ZodType): z.ZodType {
  if (isWrapper(schema)) return toPatch(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodObject) return toPatchSchema(schema);
  if (schema instanceof z.ZodRecord) {
    const { keyType, valueType } = schema as z.ZodRecord<z.ZodString, z.ZodType>;
    return z.record(keyType, toPatch(valueType).nullable());
  }
  if (schema instanceof z.ZodDiscriminatedUnion) return toPatchSchema(combine(schema.options));
  return schema;
}

function isWrapper(schema: z.ZodType) {
  return (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable
  );
}

/** A patch may turn one form into another, so it has the members of all: null takes away what only the old form has. */
function combine(options: readonly z.core.SomeType[]): z.ZodObject {
  const objects = options.filter((option): option is z.ZodObject => option instanceof z.ZodObject);
  const members = objects.flatMap(({ shape }) => Object.entries(shape) as [string, z.ZodType][]);
  const byName = Map.groupBy(members, ([name]) => name);
  const shape = [...byName].map(([name, all]) => [name, z.union(all.map(([, schema]) => schema))] as const);
  return z.strictObject(Object.fromEntries(shape));
}
