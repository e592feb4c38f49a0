import { z } from 'zod';
import { isUuid } from '../../common/ids.js';
import type { PipelineTraceRecord } from './pipeline-trace.js';
import type { WantedTrace } from './remote-traces.port.js';
import { attemptSchema, stageSchema } from './trace-schemas.js';

/** A question to all processes. */
export interface TraceQuestion extends WantedTrace {
  /** Id of the asking process, which listens on a channel of its own. */
  sender: string;
  /** Tells the answers to a process's questions apart. */
  correlation: string;
}

export interface TraceAnswer {
  correlation: string;
  trace: PipelineTraceRecord;
}

/** A trace has some kilobytes. What is larger is neither sent nor read. */
export const MAX_MESSAGE_LENGTH = 256 * 1024;
const MAX_QUESTION_LENGTH = 512;

const uuid = z.string().refine(isUuid);

const questionSchema = z.object({
  sender: uuid,
  correlation: uuid,
  id: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .or(uuid),
  tenantId: uuid.nullable(),
});

const traceSchema = z.object({
  id: uuid,
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  clientRequestId: z.string().nullable(),
  tenantId: uuid.nullable(),
  keyId: z.string().nullable(),
  route: z.string(),
  model: z.string().nullable(),
  provider: z.string().nullable(),
  startedAtMs: z.number(),
  durationMs: z.number(),
  status: z.int(),
  errorCode: z.string().nullable(),
  firedRules: z.array(z.string()),
  stages: z.array(stageSchema),
  attempts: z.array(attemptSchema),
  sampledBy: z.string().nullable(),
}) satisfies z.ZodType<PipelineTraceRecord>;

const answerSchema = z.object({ correlation: uuid, trace: traceSchema });

/** Null for anything that is not a well-formed question: Redis is shared and versions of the gateway may differ. */
export function parseTraceQuestion(text: string): TraceQuestion | null {
  return text.length > MAX_QUESTION_LENGTH ? null : parse(questionSchema, text);
}

/** Null for anything that is not a well-formed answer. */
export function parseTraceAnswer(text: string): TraceAnswer | null {
  return text.length > MAX_MESSAGE_LENGTH ? null : parse(answerSchema, text);
}

function parse<Message>(schema: z.ZodType<Message>, text: string): Message | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null; // The caller treats null as malformed.
  }
}
