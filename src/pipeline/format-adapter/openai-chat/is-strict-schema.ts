import { isJsonObject, type JsonObject, type JsonValue } from '../../../common/json.js';

/** Members of a schema that are schemas, or hold schemas. */
const NESTED = ['properties', 'items', 'anyOf', '$defs', 'definitions'] as const;
/** Ways to combine schemas that strict mode does not know. */
const UNKNOWN = ['oneOf', 'allOf', 'not', 'patternProperties'] as const;

/**
 * Whether OpenAI takes this schema with `strict: true`: objects list every property as required and allow no others. Other
 * providers enforce schemas with optional properties too, which OpenAI would refuse.
 */
export function isStrictSchema(schema: JsonObject): boolean {
  return schema.type === 'object' && isStrictNode(schema);
}

function isStrictNode(node: JsonObject): boolean {
  if (UNKNOWN.some((name) => node[name] !== undefined)) return false;
  if (isObjectNode(node) && !isClosed(node)) return false;
  return NESTED.every((name) => isStrictMember(node[name], name));
}

function isStrictMember(value: JsonValue | undefined, name: string): boolean {
  if (Array.isArray(value)) return value.every(isStrictValue);
  if (!isJsonObject(value)) return true;
  return name === 'items' ? isStrictNode(value) : Object.values(value).every(isStrictValue);
}

function isStrictValue(value: JsonValue | undefined): boolean {
  return !isJsonObject(value) || isStrictNode(value);
}

function isObjectNode(node: JsonObject): boolean {
  return node.type === 'object' || (Array.isArray(node.type) && node.type.includes('object'));
}

function isClosed(node: JsonObject): boolean {
  if (node.additionalProperties !== false) return false;
  const properties = isJsonObject(node.properties) ? Object.keys(node.properties) : [];
  const required = Array.isArray(node.required) ? node.required : [];
  return properties.every((name) => required.includes(name));
}
