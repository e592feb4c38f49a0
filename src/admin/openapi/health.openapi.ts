import { z } from 'zod';
import { json, type Operation } from './operation.js';

const liveSchema = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Liveness' });

const healthSchema = z
  .strictObject({
    status: z.enum(['ok', 'degraded', 'error']),
    details: z.record(z.string(), z.looseObject({ status: z.enum(['up', 'down']) })),
  })
  .meta({ id: 'Health' });

const up = { status: 'ok', details: { configuration: { status: 'up', version: 7 } } };
const down = { status: 'error', details: { drain: { status: 'down', reason: 'shutting down' } } };

const describeCheck = (name: 'Readiness' | 'Startup', path: string, summary: string): Operation => ({
  id: `read${name}`,
  tag: 'Operations',
  method: 'get',
  path,
  summary,
  isOpen: true,
  isUncounted: true,
  answers: [
    {
      status: 200,
      description: 'Serving; `degraded` where a dependency is down.',
      contents: [json(healthSchema, up)],
    },
    { status: 503, description: 'Not serving.', contents: [json(healthSchema, down)] },
  ],
});

/** What orchestrators ask. Described here, because health knows nothing of the admin plane. */
export const healthOperations: Operation[] = [
  {
    id: 'readLiveness',
    tag: 'Operations',
    method: 'get',
    path: '/health/live',
    summary: 'Whether the process turns',
    isOpen: true,
    isUncounted: true,
    answers: [{ status: 200, description: 'It does.', contents: [json(liveSchema, { status: 'ok' })] }],
  },
  describeCheck('Readiness', '/health/ready', 'Whether to send requests here'),
  describeCheck('Startup', '/health/startup', 'Whether it has started'),
];
