import type { RouteConfig, ZodMediaTypeObject } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { listProblems } from './list-problems.js';
import type { Content, Operation, OperationAnswer } from './operation.js';
import { nameProblem } from './problem.schema.js';
import { REQUEST_ID_HEADER } from './request-id-header.js';

/** One operation in the words of the generator. */
export function toRouteConfig(operation: Operation): RouteConfig {
  const { id, tag, method, path, summary, isOpen } = operation;
  return {
    operationId: id,
    tags: [tag],
    method,
    path,
    summary,
    security: isOpen === true ? [] : [{ adminToken: [] }],
    request: describeRequest(operation),
    responses: describeResponses(operation),
  };
}

function describeRequest({
  query,
  body,
  otherBodies = [],
  isBodyOptional,
  ...operation
}: Operation): RouteConfig['request'] {
  const params = describeParams(operation);
  const headers = describeHeaders(operation);
  return {
    ...(params === null ? {} : { params }),
    ...(query === undefined ? {} : { query }),
    ...(headers === null ? {} : { headers }),
    ...(body === undefined
      ? {}
      : { body: { required: isBodyOptional !== true, content: toContent([body, ...otherBodies]) } }),
  };
}

function describeParams({ path, params = {} }: Omit<Operation, 'query' | 'body'>): z.ZodObject | null {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  if (names.length === 0) return null;
  return z.object(Object.fromEntries(names.map((name) => [name, params[name] ?? z.uuid()])));
}

function describeHeaders({
  needsIfMatch,
  takesIdempotencyKey,
}: Omit<Operation, 'query' | 'body'>): z.ZodObject | null {
  if (needsIfMatch === true) return z.object({ 'If-Match': ifMatch });
  if (takesIdempotencyKey === true) return z.object({ 'Idempotency-Key': idempotencyKey });
  return null;
}

const ifMatch = z.string().meta({ description: 'The ETag that was read; `*` overrides.', example: '"3"' });

/** Without an example: the page to browse would send it with everything that is tried, and the second try be refused. */
const idempotencyKey = z.string().optional().meta({
  description:
    'Any text of your own, such as a UUID. The same key and body within 24 hours get the same answer, and nothing is made twice.',
});

function describeResponses(operation: Operation): RouteConfig['responses'] {
  const own = operation.answers.map((answer) => [String(answer.status), describeAnswer(answer)] as const);
  const taken = new Set(operation.answers.map(({ status }) => status));
  const refusals = listProblems(operation)
    .filter((status) => !taken.has(status))
    .map((status) => [String(status), { $ref: `#/components/responses/${nameProblem(status)}` }] as const);
  return Object.fromEntries<RouteConfig['responses'][string]>([...own, ...refusals]);
}

function describeAnswer({ description, contents, headers = [] }: OperationAnswer) {
  const described = headers.map((name) => [name, HEADERS[name]] as const);
  return {
    description,
    ...(contents.length === 0 ? {} : { content: toContent(contents) }),
    headers: { ...REQUEST_ID_HEADER, ...Object.fromEntries(described) },
  };
}

const HEADERS = {
  ETag: { description: 'The revision, for If-Match.', schema: { type: 'string' as const }, example: '"1"' },
  Location: { description: 'Path of the new object.', schema: { type: 'string' as const } },
};

function toContent(contents: readonly Content[]): Record<string, ZodMediaTypeObject> {
  return Object.fromEntries(
    contents.map(({ mediaType, schema, example }) => [mediaType ?? 'application/json', { schema, example }]),
  );
}
