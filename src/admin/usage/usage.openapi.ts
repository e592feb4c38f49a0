import { z } from 'zod';
import { EXAMPLE } from '../openapi/example-values.js';
import { json, type Operation } from '../openapi/operation.js';
import { refusalQuerySchema, usageExportSchema, usageQuerySchema } from './usage.dto.js';

const count = z.int().min(0);

const usageRowSchema = z.strictObject({
  start: z.iso.datetime().nullable(),
  group: z.record(z.string(), z.string().nullable()),
  requests: count,
  cacheHits: count,
  sharedHits: count,
  unpriced: count,
  unmetered: count,
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  reasoningTokens: count,
  durationMs: z.number(),
  costUsd: z.string(),
  costNanoUsd: z.string(),
});

const usageReportSchema = z
  .strictObject({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    timeZone: z.string(),
    data: z.array(usageRowSchema.meta({ id: 'UsageRow' })),
  })
  .meta({ id: 'UsageReport' });

const refusalReportSchema = z
  .strictObject({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    timeZone: z.string(),
    data: z.array(
      z
        .strictObject({
          start: z.iso.datetime(),
          tenantId: z.uuid(),
          keyId: z.uuid(),
          /** Of the limit that refused. */
          metric: z.enum(['requests', 'tokens', 'input-tokens', 'output-tokens', 'concurrency']),
          refusals: z.int().min(1),
        })
        .meta({ id: 'RefusalRow' }),
    ),
  })
  .meta({ id: 'RefusalReport' });

const row = {
  start: EXAMPLE.instant,
  group: { model: 'gpt-public' },
  requests: 2,
  cacheHits: 1,
  sharedHits: 0,
  unpriced: 0,
  unmetered: 0,
  inputTokens: 20,
  outputTokens: 40,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  durationMs: 900,
  costUsd: '0.000425',
  costNanoUsd: '425000',
};

export const usageOperations: Operation[] = [
  {
    id: 'readUsage',
    tag: 'Usage',
    method: 'get',
    path: '/admin/v1/usage',
    summary: 'Sum requests, tokens and cost by group and interval',
    query: usageQuerySchema,
    problems: [404],
    answers: [
      {
        status: 200,
        description: 'The report; the last 30 days where no range is named.',
        contents: [
          {
            schema: usageReportSchema,
            example: { from: EXAMPLE.instant, to: '2026-02-01T12:00:00.000Z', timeZone: 'UTC', data: [row] },
          },
          { mediaType: 'text/csv', schema: z.string(), example: 'start,model,requests\r\n' },
        ],
      },
    ],
  },
  {
    id: 'readRefusals',
    tag: 'Usage',
    method: 'get',
    path: '/admin/v1/usage/refusals',
    summary: 'Count what rate and concurrency limits refused, by key, limit and interval',
    query: refusalQuerySchema,
    problems: [404],
    answers: [
      {
        status: 200,
        description:
          'The report; the last 30 days where no range is named. Refusals are in it within five seconds.',
        contents: [
          json(refusalReportSchema, {
            from: EXAMPLE.instant,
            to: '2026-02-01T12:00:00.000Z',
            timeZone: 'UTC',
            data: [
              {
                start: EXAMPLE.instant,
                tenantId: EXAMPLE.tenantId,
                keyId: EXAMPLE.keyId,
                metric: 'requests',
                refusals: 12,
              },
            ],
          }),
        ],
      },
    ],
  },
  {
    id: 'exportUsage',
    tag: 'Usage',
    method: 'get',
    path: '/admin/v1/usage/export',
    summary: 'Stream the ledger rows of a range, oldest first',
    query: usageExportSchema,
    problems: [404],
    answers: [
      {
        status: 200,
        description: 'One row a line; the last 30 days where no range is named.',
        contents: [
          {
            mediaType: 'application/x-ndjson',
            schema: z.string(),
            example: '{"startedAt":"2026-01-02T12:00:00.000Z"}\n',
          },
          { mediaType: 'text/csv', schema: z.string(), example: 'startedAt,id,tenantId\r\n' },
        ],
      },
    ],
  },
];
