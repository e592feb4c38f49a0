import type { TokenUsage } from '../../chat/usage.js';
import type { UsageEvent } from '../../support/monitor/usage-event.js';
import type { DeploymentConfig, ProviderConfig } from '../../tenancy/config-snapshot.js';
import type { RequestContext } from '../request-context.js';

/** What a request used, and whom it is paid to. */
export interface Consumption {
  usage: TokenUsage | null;
  /** False where nobody saw how much was written: `usage.outputTokens` is then 0. */
  isOutputKnown: boolean;
  provider: ProviderConfig | null;
  deployment: DeploymentConfig | null;
}

/** The ledger's row of a request, at its end. */
export function buildUsageEvent(
  context: RequestContext,
  { consumption, status }: { consumption: Consumption; status: number },
  nowMonotonicMs: number,
): UsageEvent {
  const { key, tenant } = context.getGrant();
  const { provider, deployment } = consumption;
  return {
    id: context.id,
    startedAtMs: context.startedAtMs,
    durationMs: Math.round((nowMonotonicMs - context.startedMonotonicMs) * 1_000) / 1_000,
    tenantId: tenant.id,
    keyId: key.id,
    user: context.user,
    tags: context.tags,
    dialect: context.route.dialect ?? 'openai-chat',
    model: context.modelName,
    providerId: provider?.id ?? null,
    deploymentId: deployment?.id ?? null,
    upstreamModel: deployment?.upstreamModel ?? null,
    status,
    errorCode: context.error?.code ?? null,
    streamed: context.body?.native.stream ?? false,
    cache: context.cacheOutcome,
    attempts: context.attempts,
    ...describeTokens(consumption),
    costNanoUsd: context.costNanoUsd === null ? null : context.costNanoUsd.toString(),
    costEstimated: context.costEstimated,
  };
}

type TokenColumns = Pick<
  UsageEvent,
  'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheWriteTokens' | 'reasoningTokens' | 'countSource'
>;

const NO_TOKENS: TokenColumns = {
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
  countSource: null,
};

function describeTokens({ usage, isOutputKnown }: Consumption): TokenColumns {
  if (usage === null) return NO_TOKENS;
  return {
    inputTokens: usage.inputTokens,
    outputTokens: isOutputKnown ? usage.outputTokens : null,
    cacheReadTokens: usage.cacheReadTokens,
    cacheWriteTokens: usage.cacheWriteTokens + usage.cacheWrite1hTokens,
    reasoningTokens: usage.reasoningTokens,
    countSource: usage.source,
  };
}
