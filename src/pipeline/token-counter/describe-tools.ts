import type { NativeTool } from '../../chat/native-request.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../common/json.js';
import type { CountingUnit } from './counting-unit.js';

/** Source: OpenAI's cookbook on counting tokens, section on tool calls; the second figure is that of GPT-3.5 and GPT-4. */
const TOKENS_PER_FUNCTION = { o200k_base: 7, cl100k_base: 10 } as const;
const TOKENS_PER_PROPERTIES = 3;
const TOKENS_PER_PROPERTY = 3;
const TOKENS_OF_ENUM = -3;
const TOKENS_PER_MEMBER = 3;
const TOKENS_AT_END = 12;

/** What there is to count in function tools, as OpenAI's models are shown them. */
export function describeFunctions(
  tools: readonly NativeTool[],
  encoding: keyof typeof TOKENS_PER_FUNCTION,
): CountingUnit {
  const unit: CountingUnit = { texts: [], extraTokens: TOKENS_AT_END, isExact: true };
  for (const tool of tools) {
    unit.extraTokens += TOKENS_PER_FUNCTION[encoding];
    unit.texts.push(`${tool.name}:${withoutFullStop(tool.description)}`);
    addProperties(unit, tool.parameters);
  }
  return unit;
}

/** The published rule knows one level; deeper ones count alike. */
function addProperties(unit: CountingUnit, schema: JsonObject): void {
  const { properties } = schema;
  if (!isJsonObject(properties)) return;
  const names = Object.keys(properties);
  if (names.length > 0) unit.extraTokens += TOKENS_PER_PROPERTIES;
  for (const name of names) addProperty(unit, name, properties[name]);
}

function addProperty(unit: CountingUnit, name: string, value: JsonValue | undefined): void {
  const property = isJsonObject(value) ? value : {};
  unit.extraTokens += TOKENS_PER_PROPERTY;
  unit.texts.push(`${name}:${renderType(property['type'])}:${withoutFullStop(property['description'])}`);
  addMembers(unit, property['enum']);
  addProperties(unit, property);
  if (isJsonObject(property['items'])) addProperties(unit, property['items']);
}

function addMembers(unit: CountingUnit, members: JsonValue | undefined): void {
  if (!Array.isArray(members)) return;
  unit.extraTokens += TOKENS_OF_ENUM + members.length * TOKENS_PER_MEMBER;
  unit.texts.push(...members.map((member) => (typeof member === 'string' ? member : JSON.stringify(member))));
}

function renderType(type: JsonValue | undefined): string {
  if (Array.isArray(type)) return type.filter((name) => typeof name === 'string').join(',');
  return typeof type === 'string' ? type : '';
}

function withoutFullStop(text: JsonValue | undefined): string {
  if (typeof text !== 'string') return '';
  return text.endsWith('.') ? text.slice(0, -1) : text;
}

/** Other providers publish no rule; what they are shown is about the definition's JSON. */
export function describeToolsAsJson(tools: readonly NativeTool[], promptTokens: number): CountingUnit {
  const texts = tools.map(({ name, description, parameters }) =>
    JSON.stringify({ name, description, parameters }),
  );
  return { texts, extraTokens: promptTokens, isExact: false };
}
