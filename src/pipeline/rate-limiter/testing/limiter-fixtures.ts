import type { NativeChatRequest } from '../../../chat/native-request.js';
import { type Clock, ManualClock } from '../../../common/clock.port.js';
import {
  createId,
  type DeploymentId,
  type KeyId,
  type ProviderId,
  type TenantId,
} from '../../../common/ids.js';
import { PipelineTrace } from '../../../support/tracing/trace-builder.js';
import type { BudgetConfig, Price, RateLimitConfig, TenantConfig } from '../../../tenancy/config-snapshot.js';
import type { DataPlaneRouteName } from '../../data-plane-routes.js';
import {
  EffectivePlan,
  type EffectivePlanInit,
  type PlannedDeployment,
} from '../../effective-plan/effective-plan.js';
import type { RequestContext } from '../../request-context.js';
import { compileQuotaPlan } from '../build-quota-entries.js';

/** 1 USD per million input tokens, 2 per million output tokens: 1,000 and 2,000 nano-USD each. */
export const PRICE: Price = {
  inputNanoUsdPerMTok: 1_000_000_000n,
  outputNanoUsdPerMTok: 2_000_000_000n,
  cacheReadNanoUsdPerMTok: null,
  cacheWriteNanoUsdPerMTok: null,
  cacheWrite1hNanoUsdPerMTok: null,
  reasoningNanoUsdPerMTok: null,
};

const MODEL = 'public';

export function createLimit(change: Partial<RateLimitConfig> = {}): RateLimitConfig {
  return {
    id: createId(),
    owner: 'platform',
    scope: {},
    metric: 'requests',
    limit: 10,
    windowSeconds: 60,
    ...change,
  };
}

export function createBudget(change: Partial<BudgetConfig> = {}): BudgetConfig {
  return {
    id: createId(),
    owner: 'platform',
    scope: {},
    amountNanoUsd: 1_000_000_000n,
    amountTokens: null,
    period: 'day',
    timeZone: 'UTC',
    mode: 'hard',
    alertPercents: [],
    webhookUrl: null,
    unpriced: 'refuse',
    ...change,
  };
}

export interface RequestShape {
  maxOutputTokens?: number | null;
  choices?: number;
  bodyBytes?: number;
  tags?: Record<string, string>;
  user?: string;
  route?: DataPlaneRouteName;
}

/** A key of a tenant and what configuration says about it. */
export class LimitedKey {
  readonly tenantId = createId<TenantId>();
  readonly keyId = createId<KeyId>();
  readonly plan: EffectivePlan;

  constructor(
    rows: { limits?: RateLimitConfig[]; budgets?: BudgetConfig[]; prices?: (Price | null)[] },
    private readonly clock: Clock = new ManualClock(),
    private readonly quotaFallback: TenantConfig['quotaFallback'] = 'local',
  ) {
    const subject = {
      tenantId: this.tenantId,
      keyId: this.keyId,
      model: MODEL,
      servedModel: MODEL,
      tags: {},
      user: null,
    };
    const quota = compileQuotaPlan(rows.limits ?? [], rows.budgets ?? [], subject);
    const deployments = (rows.prices ?? [PRICE]).map(planDeployment);
    const unused = { model: {}, policies: {}, rule: null, fingerprint: '' } as unknown as EffectivePlanInit;
    this.plan = new EffectivePlan({ ...unused, deployments, quota, fallbackMaxOutputTokens: 100 });
  }

  /** One of its requests. */
  createRequest(shape: RequestShape = {}): RequestContext {
    const { maxOutputTokens = 10, choices = 1, bodyBytes = 100, tags = {}, user = null } = shape;
    const route = { name: shape.route ?? 'messages' };
    const id = createId();
    const native = { maxOutputTokens, choices } as NativeChatRequest;
    const tenant = { id: this.tenantId, quotaFallback: this.quotaFallback };
    const context = {
      id,
      route,
      tags,
      user,
      quota: null,
      keptRefusal: null,
      enforcedMaxOutputTokens: null,
      wasRateLimited: false,
      sharedCacheBytes: null,
      isSettled: false,
      trace: new PipelineTrace({ id, clock: this.clock, traceparent: undefined }),
      getBody: () => ({ native, bytes: Buffer.alloc(bodyBytes) }),
      getPlan: () => this.plan,
      getGrant: () => ({ key: { id: this.keyId, firstId: this.keyId }, tenant }),
    };
    return context as unknown as RequestContext;
  }
}

function planDeployment(price: Price | null, index: number): PlannedDeployment {
  const id = createId<DeploymentId>();
  const deployment = {
    id,
    providerId: createId<ProviderId>(),
    upstreamModel: `m${index}`,
    defaultMaxOutputTokens: null,
  };
  return { deployment, provider: {}, price } as unknown as PlannedDeployment;
}
