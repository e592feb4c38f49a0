import type { Attributes } from '@opentelemetry/api';
import { type TokenUsage, totalInputTokens } from '../../../chat/usage.js';
import type { AttemptTrace } from '../pipeline-trace.js';

/** Kinds of broken exchanges, as the reason of an attempt begins with them. */
const FAILURE_PATTERN =
  /^(connect|timeout-(?:connect|first-byte|idle|total)|reset|address-refused|aborted)\b/;
/** The conventions' word for a failure without a class of its own. */
const OTHER_FAILURE = '_OTHER';

export interface DescribedAttempt {
  attempt: AttemptTrace;
  /** From 1. */
  number: number;
  operation: string | null;
  /** What the answer used; null on attempts whose answer was not used. */
  usage: TokenUsage | null;
}

/** One call of a deployment, by the GenAI client conventions. The reason's text stays here: a provider may have written it. */
export function describeAttempt({ attempt, number, operation, usage }: DescribedAttempt): Attributes {
  const errorType = findErrorType(attempt);
  return {
    ...(operation === null ? {} : { 'gen_ai.operation.name': operation }),
    'gen_ai.provider.name': attempt.providerKind,
    'gen_ai.request.model': attempt.upstreamModel,
    ...(attempt.status === null ? {} : { 'http.response.status_code': attempt.status }),
    ...(errorType === null ? {} : { 'error.type': errorType }),
    ...(usage === null ? {} : describeUsage(usage)),
    'tokenpak.attempt.number': number,
    'tokenpak.attempt.outcome': attempt.outcome,
    ...(attempt.firstByteMs === null ? {} : { 'tokenpak.attempt.first_byte_ms': attempt.firstByteMs }),
    'tokenpak.deployment.id': attempt.deploymentId,
    'tokenpak.provider.name': attempt.provider,
  };
}

/** Low-cardinality class of what went wrong; null when nothing did. */
export function findErrorType({ outcome, status, reason }: AttemptTrace): string | null {
  if (outcome === 'success') return null;
  if (outcome === 'aborted') return 'aborted';
  if (status !== null && (status < 200 || status > 299)) return String(status);
  return FAILURE_PATTERN.exec(reason ?? '')?.[0] ?? OTHER_FAILURE;
}

/** The conventions count cached tokens among the input tokens. */
function describeUsage(usage: TokenUsage): Attributes {
  return {
    'gen_ai.usage.input_tokens': totalInputTokens(usage),
    'gen_ai.usage.output_tokens': usage.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': usage.cacheReadTokens,
    'gen_ai.usage.cache_creation.input_tokens': usage.cacheWriteTokens + usage.cacheWrite1hTokens,
    ...(usage.reasoningTokens === null
      ? {}
      : { 'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens }),
  };
}
