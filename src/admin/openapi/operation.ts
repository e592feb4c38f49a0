import type { z } from 'zod';

export type HttpMethod = 'get' | 'post' | 'put' | 'patch' | 'delete';

export type MediaType =
  | 'application/json'
  | 'application/merge-patch+json'
  | 'application/x-ndjson'
  | 'application/yaml'
  | 'application/x-yaml'
  | 'text/yaml'
  | 'text/x-yaml'
  | 'text/csv'
  | 'text/plain'
  | 'text/html'
  | 'text/css'
  | 'text/javascript';

export interface Content {
  /** What the route itself checks or renders; never a copy. */
  schema: z.ZodType;
  example: unknown;
  mediaType?: MediaType;
}

export interface OperationAnswer {
  status: number;
  description: string;
  /** More than one where the caller chooses by a query member; none where there is no body. */
  contents: readonly Content[];
  headers?: readonly ('ETag' | 'Location')[];
}

/** One route, as the document shows it. What follows from the rest (most problems, the headers) is not repeated. */
export interface Operation {
  /** Unique; clients call their functions by it. */
  id: string;
  tag: string;
  method: HttpMethod;
  /** With `{name}` for parameters. */
  path: string;
  summary: string;
  /** Without it the operation needs an administrator's token. */
  isOpen?: boolean;
  /** Nobody counts its requests by address, so that it never answers 429. */
  isUncounted?: boolean;
  query?: z.ZodObject;
  body?: Content;
  /** The same in other media types that the route takes. */
  otherBodies?: readonly Content[];
  /** Bodies that may be left out. */
  isBodyOptional?: boolean;
  /** Whether the path's parameters are not all ids; schemas of those by name. */
  params?: Record<string, z.ZodType>;
  needsIfMatch?: boolean;
  takesIdempotencyKey?: boolean;
  answers: readonly OperationAnswer[];
  /** Statuses of problems beyond those that follow from the rest. */
  problems?: readonly number[];
}

export const json = (schema: z.ZodType, example: unknown): Content => ({ schema, example });

/** The body of a PATCH; plain JSON is read as a merge patch too. */
export const mergePatch = (
  schema: z.ZodType,
  example: unknown,
): Required<Pick<Operation, 'body' | 'otherBodies'>> => ({
  body: { mediaType: 'application/merge-patch+json', schema, example },
  otherBodies: [json(schema, example)],
});
