import { z } from 'zod';
import { attemptSchema, stageSchema } from '../../support/tracing/trace-schemas.js';
import { EXAMPLE } from '../openapi/example-values.js';
import { json, type Operation } from '../openapi/operation.js';
import { traceQuerySchema } from './trace.dto.js';

const summaryFields = {
  id: z.uuid(),
  traceId: z.string(),
  clientRequestId: z.string().nullable(),
  tenantId: z.uuid().nullable(),
  keyId: z.uuid().nullable(),
  route: z.string(),
  model: z.string().nullable(),
  provider: z.string().nullable(),
  startedAt: z.iso.datetime(),
  durationMs: z.number(),
  status: z.int(),
  errorCode: z.string().nullable(),
  firedRules: z.array(z.string()),
  sampledBy: z.string().nullable(),
};

const traceSchema = z
  .strictObject({
    ...summaryFields,
    stages: z.array(stageSchema.strict()),
    attempts: z.array(attemptSchema.strict()),
  })
  .meta({ id: 'Trace' });

const pageSchema = z
  .strictObject({
    data: z.array(z.strictObject({ ...summaryFields, attempts: z.int() }).meta({ id: 'TraceSummary' })),
    nextCursor: z.string().nullable(),
    sampling: z.strictObject({ ring: z.string(), stored: z.string() }),
  })
  .meta({ id: 'TracePage' });

const summary = {
  id: EXAMPLE.id,
  traceId: EXAMPLE.traceId,
  clientRequestId: null,
  tenantId: EXAMPLE.tenantId,
  keyId: EXAMPLE.keyId,
  route: 'chat-completions',
  model: 'gpt-public',
  provider: 'openai',
  startedAt: EXAMPLE.instant,
  durationMs: 450,
  status: 200,
  errorCode: null,
  firedRules: [],
  sampledBy: null,
};

const trace = {
  ...summary,
  stages: [{ stage: 'authentication', outcome: 'ran', startMs: 0, durationMs: 0.2, detail: null }],
  attempts: [],
};

export const traceOperations: Operation[] = [
  {
    id: 'listTraces',
    tag: 'Traces',
    method: 'get',
    path: '/admin/v1/traces',
    summary: 'List traces, newest first',
    query: traceQuerySchema,
    problems: [404],
    answers: [
      {
        status: 200,
        description: 'One page; `sampling` says where its rows come from.',
        contents: [
          json(pageSchema, {
            data: [{ ...summary, attempts: 1 }],
            nextCursor: null,
            sampling: { ring: 'every recent request of this process', stored: 'errors and a sample' },
          }),
        ],
      },
    ],
  },
  {
    id: 'readTrace',
    tag: 'Traces',
    method: 'get',
    path: '/admin/v1/traces/{id}',
    summary: 'Read one trace by request id or W3C trace id',
    params: { id: z.string() },
    answers: [
      {
        status: 200,
        description: 'The trace, whichever process has it.',
        contents: [json(traceSchema, trace)],
      },
    ],
  },
];
