import fc from 'fast-check';
import { z } from 'zod';
import type { JsonValue } from '../../../../common/json.js';
import { generateSchemaValue } from './generate-schema-value.js';
import { SeededRandom } from './seeded-random.js';

const generate = (schema: JsonValue, seed = 1): JsonValue =>
  generateSchemaValue(schema, new SeededRandom(seed));

describe('generateSchemaValue', () => {
  const shape = z.object({
    name: z.string().min(12).max(20),
    kind: z.enum(['a', 'b', 'c']),
    age: z.int().min(18).max(21),
    ratio: z.number().gt(0).lt(2),
    born: z.iso.date(),
    mail: z.email(),
    isActive: z.boolean(),
    tags: z.array(z.string()).min(2).max(3),
    child: z.object({ fixed: z.literal('x'), maybe: z.string().nullable() }),
    either: z.union([z.object({ left: z.int() }), z.object({ right: z.string() })]),
  });

  it('gives a value that its schema accepts, for any seed', () => {
    const schema = z.toJSONSchema(shape) as JsonValue;
    fc.assert(fc.property(fc.integer(), (seed) => shape.safeParse(generate(schema, seed)).success));
  });

  it('gives the same value for the same seed', () => {
    const schema = z.toJSONSchema(shape) as JsonValue;
    expect(generate(schema, 42)).toEqual(generate(schema, 42));
  });

  it('follows references into the document', () => {
    const schema = {
      type: 'object',
      properties: { a: { $ref: '#/$defs/a~1b' } },
      $defs: { 'a/b': { const: 7 } },
    };
    expect(generate(schema)).toEqual({ a: 7 });
  });

  it('joins the parts of allOf', () => {
    const part = (name: string): JsonValue => ({
      type: 'object',
      properties: { [name]: { const: 1 } },
      required: [name],
    });
    expect(generate({ allOf: [part('a'), part('b')] })).toEqual({ a: 1, b: 1 });
  });

  it.each<[string, JsonValue]>([
    ['a reference to itself', { $ref: '#' }],
    [
      'a property that is itself',
      {
        type: 'object',
        properties: { a: { $ref: '#' }, b: { $ref: '#' }, c: { $ref: '#' } },
        required: ['a', 'b', 'c'],
      },
    ],
    ['items that are itself', { type: 'array', minItems: 60, items: { $ref: '#' } }],
    ['an allOf of itself', { allOf: Array.from({ length: 60 }, () => ({ $ref: '#' })) }],
    ['an anyOf of itself', { anyOf: [{ $ref: '#' }, { $ref: '#' }] }],
    ['a reference to nowhere', { $ref: '#/definitions/none' }],
    ['no schema', 'text'],
  ])('ends quickly for %s', (_name, schema) => {
    expect(JSON.stringify(generate(schema)).length).toBeLessThan(200_000);
  });

  it('never throws, whatever the schema is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (schema) => {
        expect(() => generate(schema)).not.toThrow();
      }),
    );
  });
});
