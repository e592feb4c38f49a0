import { z } from 'zod';
import { STAGES } from './pipeline-trace.js';

/** `StageTrace`, as it stands in answers of the admin plane and in messages between processes. */
export const stageSchema = z.object({
  stage: z.enum(STAGES),
  outcome: z.enum(['ran', 'skipped', 'refused', 'failed']),
  startMs: z.number(),
  durationMs: z.number(),
  detail: z.union([z.record(z.string(), z.unknown()), z.string()]).nullable(),
});

/** `AttemptTrace`, likewise. */
export const attemptSchema = z.object({
  deploymentId: z.string(),
  provider: z.string(),
  providerKind: z.string(),
  upstreamModel: z.string(),
  startMs: z.number(),
  firstByteMs: z.number().nullable(),
  durationMs: z.number(),
  status: z.int().nullable(),
  outcome: z.enum(['success', 'failed', 'aborted', 'rejected']),
  reason: z.string().nullable(),
});
