import { z } from 'zod';
import { toPatchSchema } from './to-patch-schema.js';

const input = z.strictObject({
  name: z.string(),
  size: z.int().min(1).default(1),
  limits: z.strictObject({ low: z.int().optional(), high: z.int().default(9) }).default({ high: 9 }),
  tags: z.record(z.string().regex(/^[a-z]+$/), z.string().min(1)).default({}),
  list: z.array(z.string()).default([]),
  action: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('a'), model: z.string() }),
    z.strictObject({ type: z.literal('b'), names: z.array(z.string()) }),
  ]),
});
const patch = toPatchSchema(input);

describe('toPatchSchema', () => {
  it.each<[string, object]>([
    ['nothing', {}],
    ['null for every member', { name: null, size: null, limits: null, tags: null, list: null, action: null }],
    ['null inside objects', { limits: { low: null } }],
    ['null inside records', { tags: { a: null, b: 'x' } }],
    ['one form turned into another', { action: { type: 'b', names: ['x'], model: null } }],
  ])('accepts %s', (_what, body) => {
    expect(patch.safeParse(body)).toEqual({ success: true, data: body });
  });

  it.each<[string, object]>([
    ['unknown members', { other: 1 }],
    ['unknown members inside', { limits: { other: 1 } }],
    ['what POST refuses', { size: 0 }],
    ['what POST refuses inside', { tags: { a: '' } }],
    ['names that POST refuses', { tags: { A: 'x' } }],
    ['null in lists, which are replaced as a whole', { list: [null] }],
  ])('refuses %s', (_what, body) => {
    expect(patch.safeParse(body).success).toBe(false);
  });
});
