import {
  type Attributes,
  type HrTime,
  type SpanContext,
  type SpanKind,
  SpanStatusCode,
  TraceFlags,
} from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { RandomIdGenerator, type ReadableSpan } from '@opentelemetry/sdk-trace';

/** What all spans of this process have in common. */
export interface SpanOrigin {
  resource: Resource;
  scope: { name: string };
}

export interface SpanParts {
  name: string;
  kind: SpanKind;
  context: SpanContext;
  /** Absent: the first span of its trace. */
  parent?: SpanContext | undefined;
  /** Epoch milliseconds with a fractional part. */
  startMs: number;
  durationMs: number;
  attributes: Attributes;
  isError: boolean;
}

const ids = new RandomIdGenerator();

export function createSpanContext(traceId: string, spanId = ids.generateSpanId()): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
}

export function buildSpan(parts: SpanParts, { resource, scope }: SpanOrigin): ReadableSpan {
  const { name, kind, context, parent, startMs, durationMs, attributes, isError } = parts;
  return {
    name,
    kind,
    spanContext: () => context,
    ...(parent === undefined ? {} : { parentSpanContext: parent }),
    startTime: toHrTime(startMs),
    endTime: toHrTime(startMs + durationMs),
    duration: toHrTime(durationMs),
    status: { code: isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes,
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const NANOS_PER_MS = 1e6;
const NANOS_PER_SECOND = 1e9;

function toHrTime(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1_000);
  const nanos = Math.round((milliseconds - seconds * 1_000) * NANOS_PER_MS);
  return nanos === NANOS_PER_SECOND ? [seconds + 1, 0] : [seconds, nanos];
}
