import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { NO_SECRETS } from './declarative.spec-support.js';
import { documentSchema } from './schema/document.schema.js';

/** Names of all fields that a JSON schema has, at any depth. */
function listFields(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {} } = schema as { properties?: Record<string, unknown> };
  return [...Object.keys(properties), ...Object.values(schema).flatMap(listFields)];
}

describe('docs/configuration-file.md', () => {
  it('names every field of the file', () => {
    const schema = z.toJSONSchema(documentSchema(NO_SECRETS).whole, { io: 'input', unrepresentable: 'any' });
    const fields = [...new Set(listFields(schema))];
    expect(fields).toEqual(expect.arrayContaining(['providers', 'halfOpenSuccesses', 'maxCharacters']));
    const text = readFileSync('docs/configuration-file.md', 'utf8');
    const documented = new Set(text.match(/[A-Za-z0-9]+/g));
    expect(fields.filter((field) => !documented.has(field))).toEqual([]);
  });
});
