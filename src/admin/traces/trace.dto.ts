import { z } from 'zod';
import { idField, instantField } from '../fields/common-fields.js';
import type { PipelineTraceRecord } from '../../support/tracing/pipeline-trace.js';
import type { TraceCursor, TraceFilters } from '../../support/tracing/trace-filters.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { isUuid } from '../../common/ids.js';

export const traceQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(256).optional(),
  tenantId: idField.optional(),
  model: z.string().max(256).optional(),
  provider: z.string().max(256).optional(),
  status: z.coerce.number().int().min(100).max(599).optional(),
  errorCode: z.string().max(64).optional(),
  rule: z.string().max(256).optional(),
  minDurationMs: z.coerce.number().min(0).optional(),
  from: instantField.optional(),
  to: instantField.optional(),
});

export function toTraceFilters(input: z.output<typeof traceQuerySchema>): TraceFilters {
  const { tenantId, from, to, limit: _limit, cursor: _cursor, ...others } = input;
  const given = Object.entries({ ...others, fromMs: from, toMs: to }).filter(
    ([, value]) => value !== undefined,
  );
  return { tenantId: tenantId ?? null, ...Object.fromEntries(given) };
}

export function renderTraceCursor({ startedAtMs, id }: TraceCursor): string {
  return Buffer.from(`${startedAtMs}/${id}`).toString('base64url');
}

/** @throws GatewayError('invalid_request') for a cursor that was tampered with. */
export function parseTraceCursor(text: string | undefined): TraceCursor | null {
  if (text === undefined) return null;
  const match = /^(\d{1,15})\/(.{36})$/.exec(Buffer.from(text, 'base64url').toString('utf8'));
  const id = match?.[2] ?? '';
  if (!isUuid(id))
    throw new GatewayError('invalid_request', { param: 'cursor', publicMessage: 'The cursor is invalid.' });
  return { startedAtMs: Number(match?.[1]), id };
}

export function renderTrace({ startedAtMs, ...trace }: PipelineTraceRecord) {
  return { ...trace, startedAt: new Date(startedAtMs).toISOString() };
}

/** Lists leave out the stages; one trace has them. */
export function renderTraceSummary(trace: PipelineTraceRecord) {
  const { stages: _stages, attempts, ...summary } = renderTrace(trace);
  return { ...summary, attempts: attempts.length };
}
