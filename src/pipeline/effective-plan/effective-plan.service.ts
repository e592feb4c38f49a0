import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import type { ConfigSnapshot, ModelConfig, PolicyConfig } from '../../tenancy/config-snapshot.js';
import { ConfigStore } from '../../tenancy/config-store.js';
import { DEFAULT_MAX_OUTPUT_TOKENS } from '../../tenancy/defaults.js';
import { ProviderRouterService } from '../provider-router/provider-router.service.js';
import { compileQuotaPlan } from '../rate-limiter/build-quota-entries.js';
import type { RequestContext } from '../request-context.js';
import { PriceIndex } from '../token-counter/price-catalogue.js';
import { selectPolicies } from '../validation-gate/select-policies.js';
import { ValidationGateService } from '../validation-gate/validation-gate.service.js';
import { EffectivePlan, type PlannedDeployment } from './effective-plan.js';

const MAX_PLANS = 20_000;
const DAY_MS = 86_400_000;

/**
 * Compiles what configuration says for a key and a model, once per snapshot. Plans depend on tags and user only where some
 * policy is scoped by them; only then do they become part of the plan's key. Prices change at midnight UTC, so plans live
 * for one day at most.
 */
@Injectable()
export class EffectivePlanService {
  private plans = new LRUCache<string, EffectivePlan>({ max: MAX_PLANS });
  private prices = new PriceIndex([]);
  private dependsOnTags = false;
  private plannedDay = 0;

  constructor(
    private readonly configStore: ConfigStore,
    private readonly gate: ValidationGateService,
    private readonly router: ProviderRouterService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    configStore.onSnapshot((snapshot) => this.reset(snapshot));
  }

  getPlan(context: RequestContext, model: ModelConfig): EffectivePlan {
    this.startNewDay();
    const planKey = this.buildPlanKey(context, model);
    let plan = this.plans.get(planKey);
    if (plan === undefined) {
      plan = this.compile(context, model);
      this.plans.set(planKey, plan);
    }
    return plan;
  }

  private reset(snapshot: ConfigSnapshot): void {
    this.plans = new LRUCache({ max: MAX_PLANS });
    this.prices = new PriceIndex(snapshot.prices);
    this.dependsOnTags = snapshot.policies.some(({ scope }) => scope.tag !== undefined || scope.user !== undefined);
  }

  private startNewDay(): void {
    const day = Math.floor(this.clock.nowMs() / DAY_MS);
    if (day === this.plannedDay) return;
    this.plannedDay = day;
    this.plans.clear();
  }

  private buildPlanKey(context: RequestContext, model: ModelConfig): string {
    const { key } = context.getGrant();
    const base = `${key.id}|${model.id}`;
    return this.dependsOnTags ? `${base}|${context.user ?? ''}|${JSON.stringify(context.tags)}` : base;
  }

  private compile(context: RequestContext, model: ModelConfig): EffectivePlan {
    const snapshot = this.configStore.current();
    const { key, tenant } = context.getGrant();
    const subject = { tenantId: tenant.id, keyId: key.id, model: model.name, tags: context.tags, user: context.user };
    const policies = selectPolicies(snapshot.policies, subject);
    const deployments = this.planDeployments(snapshot, model);
    const quota = compileQuotaPlan(snapshot.rateLimits, snapshot.budgets, subject);
    const fingerprint = renderFingerprint(policies, model);
    return new EffectivePlan(model, deployments, this.gate.compile(policies), quota, fingerprint, DEFAULT_MAX_OUTPUT_TOKENS);
  }

  private planDeployments(snapshot: ConfigSnapshot, model: ModelConfig): PlannedDeployment[] {
    const candidates = this.router.applyRoutingRules(model, snapshot.providers);
    return candidates.map(({ deployment, provider }) => ({
      deployment,
      provider,
      price: this.prices.findPrice(deployment, provider.kind, this.clock.nowMs()),
    }));
  }
}

/** What could change an answer: which policies in which version, and which deployments serve the model. */
function renderFingerprint(policies: readonly PolicyConfig[], model: ModelConfig): string {
  const parts = {
    policies: policies.map(({ id, version }) => `${id}@${version}`).sort(),
    deployments: model.deployments.map(({ id, upstreamModel }) => `${id}=${upstreamModel}`).sort(),
  };
  return hash('sha256', JSON.stringify(parts), 'base64url');
}
