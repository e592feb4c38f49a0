import { isJsonObject, type JsonObject, type JsonValue } from '../../../../common/json.js';
import type { SeededRandom } from './seeded-random.js';

/** Deeper than this a schema that refers to itself gets the smallest value that fits. */
const MAX_DEPTH = 8;
const MAX_ITEMS = 64;
/** A schema of a few bytes can describe a value of any size; beyond so many nodes the rest is null. */
const MAX_NODES = 4096;
const MAX_ALL_OF_DEPTH = 8;

const FORMATS: Record<string, string> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00Z',
  time: '12:00:00Z',
  duration: 'PT5M',
  email: 'person@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  'uri-reference': '/path',
  uuid: '0190a5a0-0000-7000-8000-000000000000',
};

const TEXTS = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta'];

/**
 * A value that is valid for a JSON schema, the same for the same random state. Covers what providers accept for strict
 * structured output: types, enum, const, objects, arrays, bounds, formats, $ref inside the document, anyOf, oneOf, allOf.
 * `pattern` and `not` are not solved: such a string has the right length and may not match.
 */
export function generateSchemaValue(schema: JsonValue | undefined, random: SeededRandom): JsonValue {
  return new SchemaSampler(isJsonObject(schema) ? schema : {}, random).sample(schema, 0);
}

class SchemaSampler {
  private nodesLeft = MAX_NODES;

  constructor(
    private readonly root: JsonObject,
    private readonly random: SeededRandom,
  ) {}

  sample(node: JsonValue | undefined, depth: number): JsonValue {
    if (this.nodesLeft <= 0) return null;
    const schema = this.resolve(node);
    if (schema['const'] !== undefined) return schema['const'];
    const listed = schema['enum'] ?? schema['examples'];
    if (Array.isArray(listed) && listed.length > 0) return this.pick(listed);
    const branches = schema['anyOf'] ?? schema['oneOf'];
    if (Array.isArray(branches) && branches.length > 0) return this.sampleBranch(schema, branches, depth);
    return this.sampleType(schema, depth);
  }

  private sampleType(schema: JsonObject, depth: number): JsonValue {
    switch (this.chooseType(schema, depth)) {
      case 'object':
        return this.sampleObject(schema, depth);
      case 'array':
        return this.sampleArray(schema, depth);
      case 'integer':
        return this.sampleNumber(schema, true);
      case 'number':
        return this.sampleNumber(schema, false);
      case 'boolean':
        return this.random.next() < 0.5;
      case 'null':
        return null;
      default:
        return this.sampleString(schema);
    }
  }

  private chooseType(schema: JsonObject, depth: number): string {
    const { type } = schema;
    if (typeof type === 'string') return type;
    if (Array.isArray(type) && type.length > 0) {
      if (depth >= MAX_DEPTH && type.includes('null')) return 'null';
      return type.find((name): name is string => typeof name === 'string' && name !== 'null') ?? 'null';
    }
    if (schema['properties'] !== undefined) return 'object';
    if (schema['items'] !== undefined) return 'array';
    return schema['minimum'] !== undefined || schema['maximum'] !== undefined ? 'number' : 'string';
  }

  private sampleBranch(schema: JsonObject, branches: JsonValue[], depth: number): JsonValue {
    if (depth >= MAX_DEPTH * 2) return null;
    const isDeep = depth >= MAX_DEPTH;
    const smallest = isDeep ? branches.find((branch) => isSmall(this.resolve(branch))) : undefined;
    const branch = this.resolve(smallest ?? this.pick(branches));
    const rest: JsonObject = { ...schema, anyOf: undefined, oneOf: undefined };
    return this.sample(mergeSchemas(rest, branch), depth + 1);
  }

  private sampleObject(schema: JsonObject, depth: number): JsonObject {
    const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
    const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
    const names = depth >= MAX_DEPTH ? required : [...new Set([...Object.keys(properties), ...required])];
    // Beyond any sensible depth even required members end: an endless schema has no finite value at all.
    if (depth >= MAX_DEPTH * 2) return {};
    return Object.fromEntries(names.map((name) => [name, this.sample(properties[name], depth + 1)]));
  }

  private sampleArray(schema: JsonObject, depth: number): JsonValue[] {
    const min = readNumber(schema['minItems']) ?? 0;
    const max = readNumber(schema['maxItems']) ?? Math.max(min, 3);
    const wanted = depth >= MAX_DEPTH ? min : Math.max(min, Math.min(max, 1 + this.random.nextBelow(2)));
    const length = depth >= MAX_DEPTH * 2 ? 0 : Math.min(MAX_ITEMS, wanted);
    const prefix = Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : [];
    return Array.from({ length }, (_, index) => this.sample(prefix[index] ?? schema['items'], depth + 1));
  }

  private sampleNumber(schema: JsonObject, integer: boolean): number {
    const step = readNumber(schema['multipleOf']) ?? (integer ? 1 : 0.5);
    const low = this.readLowerBound(schema, step);
    const high = this.readUpperBound(schema, step) ?? (low === null ? 100 : low + step * 100);
    const start = low ?? Math.min(0, high);
    const first = Math.ceil(start / step - 1e-9);
    const last = Math.floor(high / step + 1e-9);
    const value = (first + this.random.nextBelow(Math.max(1, last - first + 1))) * step;
    const rounded = Number(value.toPrecision(12));
    return last < first ? start : rounded;
  }

  private readLowerBound(schema: JsonObject, step: number): number | null {
    const exclusive = readNumber(schema['exclusiveMinimum']);
    const inclusive = readNumber(schema['minimum']);
    if (exclusive === null) return inclusive;
    return Math.max(exclusive + step, inclusive ?? -Infinity);
  }

  private readUpperBound(schema: JsonObject, step: number): number | null {
    const exclusive = readNumber(schema['exclusiveMaximum']);
    const inclusive = readNumber(schema['maximum']);
    if (exclusive === null) return inclusive;
    return Math.min(exclusive - step, inclusive ?? Infinity);
  }

  private sampleString(schema: JsonObject): string {
    const { format } = schema;
    if (typeof format === 'string' && Object.hasOwn(FORMATS, format)) return FORMATS[format] ?? '';
    const min = readNumber(schema['minLength']) ?? 0;
    const max = readNumber(schema['maxLength']) ?? Infinity;
    return this.pick(TEXTS).padEnd(Math.min(min, 65_536), 'x').slice(0, Math.max(0, max));
  }

  /** Follows references and folds allOf, both a bounded number of times. */
  private resolve(node: JsonValue | undefined, allOfDepth = 0): JsonObject {
    this.nodesLeft -= 1;
    let schema = isJsonObject(node) && this.nodesLeft >= 0 ? node : {};
    for (let hops = 0; hops < 32 && typeof schema['$ref'] === 'string'; hops += 1) {
      const { $ref, ...siblings } = schema;
      schema = mergeSchemas(this.lookUp($ref), siblings);
    }
    const { allOf, ...rest } = schema;
    if (!Array.isArray(allOf) || allOfDepth >= MAX_ALL_OF_DEPTH) return rest;
    return allOf
      .slice(0, MAX_ITEMS)
      .reduce<JsonObject>((merged, part) => mergeSchemas(merged, this.resolve(part, allOfDepth + 1)), rest);
  }

  private lookUp(reference: string): JsonObject {
    if (!reference.startsWith('#')) return {};
    let node: JsonValue | undefined = this.root;
    for (const step of reference.slice(1).split('/').filter(Boolean)) {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
      node = isJsonObject(node) && Object.hasOwn(node, name) ? node[name] : undefined;
    }
    return isJsonObject(node) ? node : {};
  }

  private pick<Item>(items: readonly Item[]): Item {
    return items[this.random.nextBelow(items.length)] as Item;
  }
}

function isSmall(schema: JsonObject): boolean {
  const { type } = schema;
  return type === 'null' || (typeof type === 'string' && type !== 'object' && type !== 'array');
}

function mergeSchemas(left: JsonObject, right: JsonObject): JsonObject {
  const merged: JsonObject = { ...left, ...right };
  if (isJsonObject(left['properties']) && isJsonObject(right['properties'])) {
    merged['properties'] = { ...left['properties'], ...right['properties'] };
  }
  if (Array.isArray(left['required']) && Array.isArray(right['required'])) {
    merged['required'] = [...left['required'], ...right['required']];
  }
  return merged;
}

function readNumber(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
