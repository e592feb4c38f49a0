import { z } from 'zod';
import { json, type Operation } from '../openapi/operation.js';
import { EXAMPLE } from '../openapi/example-values.js';
import { statsQuerySchema } from './stats.dto.js';

const count = z.int().min(0);
const percentiles = {
  count,
  p50Ms: z.number().nullable(),
  p90Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
};

const tenantSchema = z.strictObject({
  /** `other` sums those that are not counted one by one. */
  tenantId: z.string(),
  requests: count,
  errors: count,
  rateLimited: count,
  cacheHits: count,
  inputTokens: count,
  outputTokens: count,
  costNanoUsd: z.string(),
  costUsd: z.string(),
  ...percentiles,
});

const breakerSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('closed') }),
  z.strictObject({
    state: z.literal('open'),
    sinceMs: z.number(),
    untilMs: z.number(),
    reason: z.string(),
  }),
  z.strictObject({ state: z.literal('half-open'), successes: count, probing: z.boolean() }),
]);

const deploymentSchema = z.strictObject({
  deploymentId: z.uuid(),
  breaker: breakerSchema,
  cooldownUntilMs: z.number().nullable(),
  calls: count,
  failures: count,
  slowCalls: count,
});

/** The sums over all tenants are the platform's alone. */
const statsSchema = z
  .strictObject({
    uptimeSeconds: z.number(),
    requests: count.optional(),
    cacheHits: count.optional(),
    errors: z.record(z.string(), count).optional(),
    stages: z.array(z.strictObject({ stage: z.string(), ...percentiles })).optional(),
    tenants: z.array(tenantSchema),
    deployments: z.array(deploymentSchema),
  })
  .meta({ id: 'Stats' });

const tenant = {
  tenantId: EXAMPLE.tenantId,
  requests: 10,
  errors: 0,
  rateLimited: 0,
  cacheHits: 4,
  inputTokens: 100,
  outputTokens: 200,
  costNanoUsd: '425000',
  costUsd: '0.000425',
  count: 10,
  p50Ms: 120,
  p90Ms: 340,
  p99Ms: 900,
};

const deployment = {
  deploymentId: EXAMPLE.deploymentId,
  breaker: { state: 'closed' },
  cooldownUntilMs: null,
  calls: 10,
  failures: 0,
  slowCalls: 0,
};

export const statsOperations: Operation[] = [
  {
    id: 'readStats',
    tag: 'Stats',
    method: 'get',
    path: '/admin/v1/stats',
    summary: 'Read what this process has seen since it started',
    query: statsQuerySchema,
    problems: [404],
    answers: [
      {
        status: 200,
        description: 'Numbers of this process, as far as the caller may see them.',
        contents: [json(statsSchema, { uptimeSeconds: 60, tenants: [tenant], deployments: [deployment] })],
      },
    ],
  },
  {
    id: 'readMetrics',
    tag: 'Operations',
    method: 'get',
    path: '/metrics',
    summary: 'Read the metrics for Prometheus; open to loopback and on a listener of its own',
    answers: [
      {
        status: 200,
        description: 'Prometheus text.',
        contents: [{ mediaType: 'text/plain', schema: z.string(), example: '# TYPE tokenpak_up gauge\n' }],
      },
    ],
  },
];
