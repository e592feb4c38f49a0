import { type SpanContext, SpanKind, TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { parseTraceparent } from '../parse-traceparent.js';
import type { AttemptTrace, StageTrace } from '../pipeline-trace.js';
import type { PipelineTrace, TraceOutcome } from '../trace-builder.js';
import { buildSpan, createSpanContext, type SpanOrigin } from './build-span.js';
import { describeAttempt, findErrorType } from './describe-attempt.js';
import { describeRequest, describeTenant, findAnswered } from './describe-request.js';
import { describeStage } from './describe-stage.js';
import { describeRoute } from './route-attributes.js';

export interface EndedTrace {
  trace: PipelineTrace;
  outcome: TraceOutcome;
}

const SERVER_ERROR = 500;

/**
 * A finished trace as spans: the request (SERVER, below the client's span if it sent one), under it the stages that ran
 * (INTERNAL) and the calls of deployments (CLIENT). Names and attributes are of bounded number, except ids and the model's
 * name as it was asked for; no text of a request or an answer is among them.
 */
export function convertTrace(ended: EndedTrace, origin: SpanOrigin): ReadableSpan[] {
  const { trace } = ended;
  // The second half of a UUIDv7 is random, so that whoever knows the request's id knows its span.
  const context = createSpanContext(trace.traceId, trace.id.replaceAll('-', '').slice(16));
  const stages = trace.stages.filter(({ outcome }) => outcome !== 'skipped');
  return [
    convertRequest(ended, context, origin),
    ...stages.map((stage) => convertStage(ended, stage, { context, origin })),
    ...trace.attempts.map((attempt, index) => convertAttempt(ended, attempt, { context, origin, index })),
  ];
}

function convertRequest(
  { trace, outcome }: EndedTrace,
  context: SpanContext,
  origin: SpanOrigin,
): ReadableSpan {
  const { path } = describeRoute(trace.route);
  const parts = {
    name: path === null ? outcome.method : `${outcome.method} ${path}`,
    kind: SpanKind.SERVER,
    context,
    parent: findParent(trace),
    startMs: trace.startedAtMs,
    durationMs: trace.durationMs,
    attributes: describeRequest(trace, outcome),
    isError: trace.status >= SERVER_ERROR,
  };
  return buildSpan(parts, origin);
}

interface ChildOf {
  context: SpanContext;
  origin: SpanOrigin;
}

function convertStage({ trace }: EndedTrace, stage: StageTrace, { context, origin }: ChildOf): ReadableSpan {
  const parts = {
    name: stage.stage,
    kind: SpanKind.INTERNAL,
    context: createSpanContext(context.traceId),
    parent: context,
    startMs: trace.startedAtMs + stage.startMs,
    durationMs: stage.durationMs,
    attributes: describeStage(stage),
    isError: stage.outcome === 'failed',
  };
  return buildSpan(parts, origin);
}

function convertAttempt(
  { trace, outcome }: EndedTrace,
  attempt: AttemptTrace,
  { context, origin, index }: ChildOf & { index: number },
): ReadableSpan {
  const { operation } = describeRoute(trace.route);
  const usage = findAnswered(trace.attempts) === attempt ? outcome.usage : null;
  const parts = {
    name: operation === null ? attempt.upstreamModel : `${operation} ${attempt.upstreamModel}`,
    kind: SpanKind.CLIENT,
    context: createSpanContext(context.traceId),
    parent: context,
    startMs: trace.startedAtMs + attempt.startMs,
    durationMs: attempt.durationMs,
    attributes: {
      ...describeAttempt({ attempt, number: index + 1, operation, usage }),
      ...describeTenant(trace),
    },
    isError: findErrorType(attempt) !== null && attempt.outcome !== 'aborted',
  };
  return buildSpan(parts, origin);
}

function findParent({ traceparent }: PipelineTrace): SpanContext | undefined {
  const parent = traceparent === null ? null : parseTraceparent(traceparent);
  if (parent === null) return undefined;
  const traceFlags = parent.isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return { traceId: parent.traceId, spanId: parent.parentId, traceFlags, isRemote: true };
}
