import { assertUnreachable } from '../../common/assert-unreachable.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { CompiledLimit, CompiledQuota } from './compiled-quota.js';

/** What the caller is told: which row of the configuration refused, and when it makes sense to ask again. */
export function createQuotaRefusal(quota: CompiledQuota, retryAfterMs: number): GatewayError {
  if (quota.kind === 'budget') {
    return new GatewayError('budget_exceeded', {
      publicMessage: `The budget of this ${quota.config.period === 'total' ? 'key' : quota.config.period} is exhausted.`,
      details: { budget_id: quota.id },
    });
  }
  return new GatewayError('rate_limit_exceeded', {
    publicMessage: describeLimit(quota),
    retryAfterMs,
    details: { limit_id: quota.id, limit_metric: quota.metric },
  });
}

/** The name under which refusals are counted. */
export function nameRefusal(error: GatewayError): string {
  const metric = error.details?.limit_metric;
  if (error.code === 'budget_exceeded') return 'budget';
  return metric === 'requests' || metric === 'concurrency' ? metric : 'tokens';
}

function describeLimit({ metric, limit, windowMs }: CompiledLimit): string {
  const window = `${windowMs / 1_000} seconds`;
  switch (metric) {
    case 'requests':
      return `No more than ${limit} requests are allowed in ${window}.`;
    case 'tokens':
      return `No more than ${limit} tokens are allowed in ${window}.`;
    case 'input-tokens':
      return `No more than ${limit} input tokens are allowed in ${window}.`;
    case 'output-tokens':
      return `No more than ${limit} output tokens are allowed in ${window}.`;
    case 'concurrency':
      return `No more than ${limit} requests may run at a time.`;
    default:
      return assertUnreachable(metric);
  }
}
