import { isJsonObject, type JsonObject, type JsonValue } from '../../../common/json.js';

/** What the API's schema enforcement refuses; told to the model in the description instead. */
const CONSTRAINTS: ReadonlySet<string> = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
]);
const FORMATS: ReadonlySet<unknown> = new Set(
  'date-time time date duration email hostname uri ipv4 ipv6 uuid'.split(' '),
);
/** Members that hold a schema for each of their members. */
const NAMED_SCHEMAS: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions']);

/**
 * A schema as the API can enforce it (structured outputs, strict tools): closed objects, no constraints on numbers, lengths
 * and counts. Never changes the schema it is given. What cannot be put differently, such as objects that are open on
 * purpose, stays and is refused by the API.
 */
export function restrictSchema(schema: JsonObject): JsonObject {
  const restricted: JsonObject = {};
  const hints: string[] = [];
  for (const name of Object.keys(schema)) {
    const value = schema[name];
    if (isRefused(name, value)) hints.push(`${name}: ${JSON.stringify(value)}`);
    else restricted[renameMember(name, schema)] = restrictMember(name, value);
  }
  if (isObjectSchema(schema) && schema.additionalProperties === undefined)
    restricted.additionalProperties = false;
  if (hints.length > 0) restricted.description = describe(schema.description, hints);
  return restricted;
}

function isRefused(name: string, value: JsonValue | undefined): boolean {
  if (name === 'format') return !FORMATS.has(value);
  if (name === 'minItems') return value !== 0 && value !== 1;
  return CONSTRAINTS.has(name) && !isJsonObject(value);
}

/** The API knows only `anyOf`, which says the same for schemas that exclude each other. */
function renameMember(name: string, schema: JsonObject): string {
  return name === 'oneOf' && schema.anyOf === undefined ? 'anyOf' : name;
}

function restrictMember(name: string, value: JsonValue | undefined): JsonValue | undefined {
  if (NAMED_SCHEMAS.has(name)) return isJsonObject(value) ? restrictEach(value) : value;
  if (name === 'items') return isJsonObject(value) ? restrictSchema(value) : value;
  if (name !== 'anyOf' && name !== 'oneOf' && name !== 'allOf') return value;
  if (!Array.isArray(value)) return value;
  return value.map((member) => (isJsonObject(member) ? restrictSchema(member) : member));
}

function restrictEach(schemas: JsonObject): JsonObject {
  const restricted: JsonObject = {};
  for (const name of Object.keys(schemas)) {
    const schema = schemas[name];
    restricted[name] = isJsonObject(schema) ? restrictSchema(schema) : schema;
  }
  return restricted;
}

function isObjectSchema(schema: JsonObject): boolean {
  return schema.type === 'object' || (Array.isArray(schema.type) && schema.type.includes('object'));
}

function describe(description: JsonValue | undefined, hints: readonly string[]): string {
  const text = typeof description === 'string' && description !== '' ? `${description} ` : '';
  return `${text}(${hints.join(', ')})`;
}
