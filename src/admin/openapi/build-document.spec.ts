import { ADMIN_OPERATIONS } from './admin-operations.js';
import { buildOpenApiDocument } from './build-document.js';
import { listProblems } from './list-problems.js';
import type { Content } from './operation.js';
import { describeProblem, problemSchema } from './problem.schema.js';

const document = buildOpenApiDocument();
const operations = ADMIN_OPERATIONS.map((operation) => [operation.id, operation] as const);

const listContents = (bodies: (Content | undefined)[]) =>
  bodies.filter((content): content is Content => content !== undefined);

describe('the OpenAPI document', () => {
  it('gives every operation an id of its own', () => {
    const ids = ADMIN_OPERATIONS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(operations)(
    'shows examples of %s that its own schemas accept',
    (_id, { body, otherBodies = [], answers }) => {
      const contents = listContents([body, ...otherBodies, ...answers.flatMap((answer) => answer.contents)]);
      for (const { schema, example } of contents)
        expect(schema.safeParse(example)).toMatchObject({ success: true });
    },
  );

  it.each(operations)('describes every problem of %s, with an example', (_id, operation) => {
    const described = document.paths?.[operation.path]?.[operation.method]?.responses ?? {};
    for (const status of listProblems(operation)) {
      expect(described).toHaveProperty(String(status));
      expect(problemSchema.safeParse(describeProblem(status).example)).toMatchObject({ success: true });
    }
  });

  it('asks for a token wherever the operation is not open', () => {
    for (const { path, method, isOpen } of ADMIN_OPERATIONS) {
      const security = document.paths?.[path]?.[method]?.security;
      expect(security).toEqual(isOpen === true ? [] : [{ adminToken: [] }]);
    }
  });

  it('asks for If-Match on every change of what exists', () => {
    for (const { path, method } of ADMIN_OPERATIONS) {
      if (!['patch', 'put', 'delete'].includes(method)) continue;
      const parameters = document.paths?.[path]?.[method]?.parameters;
      expect(parameters).toContainEqual(
        expect.objectContaining({ in: 'header', name: 'If-Match', required: true }),
      );
    }
  });

  it('has no example for what may be left out, which the page to browse would send unasked', () => {
    for (const { path, method } of ADMIN_OPERATIONS) {
      for (const parameter of document.paths?.[path]?.[method]?.parameters ?? []) {
        if ('required' in parameter && parameter.required === true) continue;
        expect(JSON.stringify(parameter)).not.toContain('"example');
      }
    }
  });

  it('has only patterns without flags, which would become a part of them', () => {
    const patterns = [...JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)];
    expect(patterns.length).toBeGreaterThan(10);
    for (const [, pattern = ''] of patterns) expect(JSON.parse(pattern)).not.toMatch(/\/[a-z]*$/);
  });

  it('resolves every reference inside itself', () => {
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(300);
    expect(text.match(/"\$ref"/g)).toHaveLength(references.length);
    for (const [, kind = '', name = ''] of references) {
      expect(document.components).toHaveProperty([kind, name]);
    }
  });
});
