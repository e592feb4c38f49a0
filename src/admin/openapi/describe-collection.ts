import { z } from 'zod';
import { pageQuerySchema } from '../resource/list-rows.js';
import { NAMED_SORTS, type SortField } from '../resource/sort-fields.js';
import { json, mergePatch, type Operation } from './operation.js';

/** What a collection is made of; collections of platform and tenant share one. */
export interface ResourceSchemas {
  view: z.ZodType;
  created: z.ZodType;
  page: z.ZodType;
  input: z.ZodType;
  patch: z.ZodType;
  /** `?limit=&cursor=&sort=` and the filters. */
  query: z.ZodObject;
}

export interface ResourceExamples {
  view: object;
  input: object;
  patch: object;
}

export interface Collection {
  tag: string;
  path: string;
  /** In operation ids and summaries: `TenantBudget`, `budget of a tenant`. */
  name: string;
  noun: string;
  schemas: ResourceSchemas;
  examples: ResourceExamples;
  /** What DELETE does, where it does not delete. */
  deletion?: string;
  /** Whether the 201 shows the secret under `key`. */
  showsKey?: boolean;
}

/** The five operations of a collection. */
export function describeCollection(collection: Collection): Operation[] {
  return [
    describeList(collection),
    describeCreate(collection),
    describeRead(collection),
    describeUpdate(collection),
    describeDelete(collection),
  ];
}

function describeList({ tag, path, name, noun, schemas, examples }: Collection): Operation {
  const page = json(schemas.page, { data: [examples.view], nextCursor: null });
  return {
    id: `list${name.replace(/(?<=[^aeiou])y$/, 'ie')}s`,
    tag,
    method: 'get',
    path,
    summary: `List: ${noun}`,
    query: schemas.query,
    answers: [{ status: 200, description: 'One page.', contents: [page] }],
    ...(path.includes('{') ? { problems: [404] } : {}),
  };
}

function describeCreate({ tag, path, name, noun, schemas, examples, showsKey }: Collection): Operation {
  const view = showsKey === true ? { ...examples.view, key: EXAMPLE_SECRET } : examples.view;
  const description =
    showsKey === true ? 'Created. `key` is shown here only; null when replayed late.' : 'Created.';
  return {
    id: `create${name}`,
    tag,
    method: 'post',
    path,
    summary: `Create: ${noun}`,
    body: json(schemas.input, examples.input),
    takesIdempotencyKey: true,
    answers: [
      { status: 201, description, contents: [json(schemas.created, view)], headers: ['ETag', 'Location'] },
    ],
  };
}

function describeRead({ tag, path, name, noun, schemas, examples }: Collection): Operation {
  return {
    id: `read${name}`,
    tag,
    method: 'get',
    path: `${path}/{id}`,
    summary: `Read: ${noun}`,
    answers: [
      {
        status: 200,
        description: 'As it is now.',
        contents: [json(schemas.view, examples.view)],
        headers: ['ETag'],
      },
    ],
  };
}

function describeUpdate({ tag, path, name, noun, schemas, examples }: Collection): Operation {
  return {
    id: `update${name}`,
    tag,
    method: 'patch',
    path: `${path}/{id}`,
    summary: `Change by merge patch (RFC 7396): ${noun}`,
    ...mergePatch(schemas.patch, examples.patch),
    needsIfMatch: true,
    answers: [
      {
        status: 200,
        description: 'As it is now.',
        contents: [json(schemas.view, examples.view)],
        headers: ['ETag'],
      },
    ],
  };
}

function describeDelete({ tag, path, name, noun, deletion }: Collection): Operation {
  return {
    id: `delete${name}`,
    tag,
    method: 'delete',
    path: `${path}/{id}`,
    summary: `${deletion ?? 'Delete'}: ${noun}`,
    needsIfMatch: true,
    answers: [{ status: 204, description: 'Done.', contents: [] }],
  };
}

/** No key: the checksum is wrong. */
const EXAMPLE_SECRET = 'shown-once';

interface ResourceParts {
  view: z.ZodObject;
  input: z.ZodType;
  patch: z.ZodType;
  filter: z.ZodObject;
  /** Names and times unless told otherwise. */
  sorts?: readonly SortField[];
  showsKey?: boolean;
}

/** Gives the schemas of a resource their names in the document. */
export function nameSchemas(
  name: string,
  { view, input, patch, filter, sorts = NAMED_SORTS, showsKey }: ResourceParts,
): ResourceSchemas {
  const named = view.meta({ id: name });
  return {
    view: named,
    created:
      showsKey === true ? view.extend({ key: z.string().nullable() }).meta({ id: `Created${name}` }) : named,
    page: z
      .strictObject({ data: z.array(named), nextCursor: z.string().nullable() })
      .meta({ id: `${name}Page` }),
    input: input.meta({ id: `${name}Input` }),
    patch: patch.meta({ id: `${name}Patch` }),
    query: pageQuerySchema(sorts).extend(filter.shape),
  };
}
