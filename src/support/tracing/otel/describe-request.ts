import type { Attributes } from '@opentelemetry/api';
import { totalInputTokens } from '../../../chat/usage.js';
import type { AttemptTrace, PipelineTraceRecord } from '../pipeline-trace.js';
import type { TraceOutcome } from '../trace-builder.js';
import { describeRoute } from './route-attributes.js';

/** Who pays; on every span that a report may be made from. Members without a value are not sent. */
export function describeTenant({ tenantId, keyId }: PipelineTraceRecord): Attributes {
  return { ...optional('tokenpak.tenant.id', tenantId), ...optional('tokenpak.key.id', keyId) };
}

/**
 * The request's own span: HTTP server conventions, GenAI conventions for what was asked, and what the gateway decided.
 * Its tokens have names of ours: `gen_ai.usage.*` stands on the attempt that used them, and would be summed twice here.
 */
export function describeRequest(trace: PipelineTraceRecord, outcome: TraceOutcome): Attributes {
  const { path, operation } = describeRoute(trace.route);
  const answered = findAnswered(trace.attempts);
  return {
    'http.request.method': outcome.method,
    ...optional('http.route', path),
    ...(trace.status > 0 ? { 'http.response.status_code': trace.status } : {}),
    ...optional('error.type', trace.errorCode),
    ...optional('gen_ai.operation.name', operation),
    ...optional('gen_ai.provider.name', answered?.providerKind ?? null),
    ...optional('gen_ai.request.model', trace.model),
    ...optional('gen_ai.response.model', answered?.upstreamModel ?? null),
    ...(operation === null ? {} : { 'gen_ai.request.stream': outcome.streamed }),
    ...describeTenant(trace),
    'tokenpak.request.id': trace.id,
    ...optional('tokenpak.client_request.id', trace.clientRequestId),
    ...optional('tokenpak.provider.name', trace.provider),
    'tokenpak.cache.outcome': outcome.cacheOutcome,
    'tokenpak.attempts': trace.attempts.length,
    ...describeBill(outcome),
    ...(trace.firedRules.length > 0 ? { 'tokenpak.policy.fired_rules': trace.firedRules } : {}),
  };
}

/** The attempt that answered, be it not to the end: always the last one. */
export function findAnswered(attempts: readonly AttemptTrace[]): AttemptTrace | null {
  const last = attempts.at(-1);
  return last?.status != null && last.status >= 200 && last.status < 300 ? last : null;
}

function describeBill({ usage, costNanoUsd }: TraceOutcome): Attributes {
  return {
    ...(usage === null
      ? {}
      : {
          'tokenpak.usage.input_tokens': totalInputTokens(usage),
          'tokenpak.usage.output_tokens': usage.outputTokens,
          'tokenpak.usage.source': usage.source,
        }),
    ...(costNanoUsd === null ? {} : { 'tokenpak.cost.usd': Number(costNanoUsd) / 1e9 }),
  };
}

function optional(name: string, value: string | null): Attributes {
  return value === null ? {} : { [name]: value };
}
