import { z } from 'zod';
import { Breather } from '../../common/breather.js';
import { isJsonObject, type JsonPath } from '../../common/json.js';
import type { DeclarativeConfig } from './declarative-config.js';
import type { SecretSource } from './read-secret.js';
import { documentSchema, type SectionSchema } from './schema/document.schema.js';

type ParsedFields = { ok: true; config: DeclarativeConfig } | { ok: false; issues: z.core.$ZodIssue[] };

/** Nobody reads as many; a document that is wrong throughout would fill the memory with them. */
const MAX_ISSUES = 10_000;

/**
 * Every field by itself, item by item: there may be ten thousand tenants and a hundred thousand keys, of one tenant too, and
 * requests are served in between.
 */
export async function parseDocument(source: SecretSource, document: unknown): Promise<ParsedFields> {
  const parsing = new Parsing();
  const config = await parsing.parse(documentSchema(source), document, []);
  const { issues } = parsing;
  return issues.length > 0 ? { ok: false, issues } : { ok: true, config: config as DeclarativeConfig };
}

class Parsing {
  readonly issues: z.core.$ZodIssue[] = [];
  private readonly breather = new Breather();

  /** Undefined for what has issues. */
  async parse(schema: z.ZodType | SectionSchema, value: unknown, path: JsonPath): Promise<unknown> {
    return schema instanceof z.ZodType
      ? this.parseWhole(schema, value, path)
      : this.parseSection(schema, value, path);
  }

  private async parseWhole(schema: z.ZodType, value: unknown, path: JsonPath): Promise<unknown> {
    const { data, error } = await schema.safeParseAsync(value);
    for (const issue of error?.issues ?? []) this.issues.push({ ...issue, path: [...path, ...issue.path] });
    if (this.breather.isDue()) await this.breather.pause();
    return data;
  }

  private async parseSection(
    { whole, lists }: SectionSchema,
    value: unknown,
    path: JsonPath,
  ): Promise<unknown> {
    if (!isJsonObject(value)) return this.parseWhole(whole, value, path);
    const names = Object.keys(lists).filter(
      (name) => Object.hasOwn(value, name) && Array.isArray(value[name]),
    );
    const emptied = Object.fromEntries(names.map((name) => [name, []]));
    const parsed: Record<string, unknown[]> = {};
    for (const name of names) {
      const schema = lists[name] as z.ZodType | SectionSchema;
      parsed[name] = await this.parseItems(schema, value[name] as unknown[], [...path, name]);
    }
    const section = await this.parseWhole(whole, { ...value, ...emptied }, path);
    return { ...(section as object), ...parsed };
  }

  private async parseItems(
    schema: z.ZodType | SectionSchema,
    items: readonly unknown[],
    path: JsonPath,
  ): Promise<unknown[]> {
    const parsed: unknown[] = [];
    for (const [index, item] of items.entries()) {
      if (this.issues.length >= MAX_ISSUES) break;
      parsed.push(await this.parse(schema, item, [...path, index]));
    }
    return parsed;
  }
}
