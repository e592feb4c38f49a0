import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import type { TenantId } from '../../common/ids.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { ConfigSnapshot, ModelConfig, PolicyConfig } from '../../tenancy/config-snapshot.js';
import { ConfigStore } from '../../tenancy/config-store.js';
import { DEFAULT_MAX_OUTPUT_TOKENS } from '../../tenancy/defaults.js';
import { chooseRouting, NO_CHOICE, type RoutingChoice } from '../provider-router/find-routing-rule.js';
import { ProviderRouterService } from '../provider-router/provider-router.service.js';
import { compileQuotaPlan } from '../rate-limiter/build-quota-entries.js';
import type { RequestContext } from '../request-context.js';
import { selectPolicies } from '../validation-gate/select-policies.js';
import { ValidationGateService } from '../validation-gate/validation-gate.service.js';
import { EffectivePlan, type PlannedDeployment } from './effective-plan.js';
import { SnapshotIndex } from './snapshot-index.js';

const MAX_PLANS = 20_000;
const DAY_MS = 86_400_000;

/**
 * Compiles what configuration says for a key and a model, once per snapshot. Plans depend on tags and user only where one of
 * the tenant's policies is scoped by them; only then do they become part of the plan's key. Prices change at midnight UTC,
 * so plans live for one day at most.
 */
@Injectable()
export class EffectivePlanService {
  private plans = new LRUCache<string, EffectivePlan>({ max: MAX_PLANS });
  /** Tenants whose plans depend on tags; filled as tenants come. */
  private tagDependence = new Map<TenantId, boolean>();
  private index: SnapshotIndex | null = null;
  private plannedDay = 0;

  constructor(
    private readonly configStore: ConfigStore,
    private readonly gate: ValidationGateService,
    private readonly router: ProviderRouterService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    configStore.onSnapshot((snapshot) => this.reset(snapshot));
  }

  /**
   * The plan of a request whose body was understood, by the first routing rule that matches it.
   * @throws GatewayError('model_not_found') when a rule sends it to a model that is gone.
   */
  getPlan(context: RequestContext, asked: ModelConfig): EffectivePlan {
    this.startNewDay();
    const choice = this.chooseRouting(context);
    const { rule } = choice;
    const model = rule?.action.type === 'use-model' ? this.getModel(context, rule.action.model) : asked;
    const planKey = this.buildPlanKey(context, model, choice);
    let plan = this.plans.get(planKey);
    if (plan === undefined) {
      plan = this.compile(context, model, choice);
      this.plans.set(planKey, plan);
    }
    return plan;
  }

  private reset(snapshot: ConfigSnapshot): void {
    this.plans = new LRUCache({ max: MAX_PLANS });
    this.tagDependence = new Map();
    this.index = new SnapshotIndex(snapshot);
  }

  private startNewDay(): void {
    const day = Math.floor(this.clock.nowMs() / DAY_MS);
    if (day === this.plannedDay) return;
    this.plannedDay = day;
    this.plans.clear();
  }

  private chooseRouting(context: RequestContext): RoutingChoice {
    const { tenant, key } = context.getGrant();
    const rules = this.getIndex().listRoutingRules(tenant.id);
    if (rules.length === 0) return NO_CHOICE;
    const { intent, body } = context;
    return chooseRouting(rules, {
      tenantId: tenant.id,
      keyId: key.firstId,
      model: context.modelName,
      tags: context.tags,
      user: context.user,
      taskClass: intent?.taskClass ?? 'chat',
      sizeClass: intent?.sizeClass ?? 'small',
      modalities: intent?.modalities ?? [],
      stream: body?.native.stream ?? false,
      allowedModels: key.allowedModels,
    });
  }

  private getModel(context: RequestContext, name: string): ModelConfig {
    const model = this.configStore.findModel(context.getGrant().tenant.id, name);
    if (model === null) throw new GatewayError('model_not_found', { param: 'model' });
    return model;
  }

  private buildPlanKey(
    context: RequestContext,
    model: ModelConfig,
    { rule, narrowing }: RoutingChoice,
  ): string {
    const { key, tenant } = context.getGrant();
    const base = `${key.id}|${model.id}${rule === null ? '' : `|${rule.id}|${narrowing?.id ?? ''}|${context.modelName}`}`;
    let dependsOnTags = this.tagDependence.get(tenant.id);
    if (dependsOnTags === undefined) {
      dependsOnTags = this.getIndex().dependsOnTags(tenant.id);
      this.tagDependence.set(tenant.id, dependsOnTags);
    }
    return dependsOnTags ? `${base}|${context.user ?? ''}|${JSON.stringify(context.tags)}` : base;
  }

  private compile(context: RequestContext, model: ModelConfig, choice: RoutingChoice): EffectivePlan {
    const index = this.getIndex();
    const { key, tenant } = context.getGrant();
    // Scopes name the model that was asked for, as the ledger does, and the platform's the one that a rule made of it, too.
    const subject = {
      tenantId: tenant.id,
      keyId: key.firstId,
      model: context.modelName,
      servedModel: model.name,
      tags: context.tags,
      user: context.user,
    };
    const policies = selectPolicies(index.policies.listFor(tenant.id), subject);
    const deployments = this.planDeployments(tenant.id, model, choice);
    return new EffectivePlan({
      model,
      rule: choice.rule,
      deployments,
      policies: this.gate.compile(policies),
      quota: compileQuotaPlan(index.rateLimits.listFor(tenant.id), index.budgets.listFor(tenant.id), subject),
      fingerprint: renderFingerprint(policies, deployments),
      fallbackMaxOutputTokens: DEFAULT_MAX_OUTPUT_TOKENS,
    });
  }

  private planDeployments(
    tenantId: TenantId,
    model: ModelConfig,
    { rule, narrowing }: RoutingChoice,
  ): PlannedDeployment[] {
    const index = this.getIndex();
    const prices = index.getPriceIndex(tenantId);
    const candidates = this.router.applyRoutingRules(model, index.snapshot.providers, [rule, narrowing]);
    return candidates.map(({ deployment, provider }) => ({
      deployment,
      provider,
      price: prices.findPriceOf(model.owner, { deployment, provider }, this.clock.nowMs()),
    }));
  }

  private getIndex(): SnapshotIndex {
    if (this.index === null) throw new Error('Configuration was not loaded yet');
    return this.index;
  }
}

/** What could change an answer: which policies in which version, and which deployments may serve, up to which length. */
function renderFingerprint(
  policies: readonly PolicyConfig[],
  deployments: readonly PlannedDeployment[],
): string {
  const parts = {
    policies: policies.map(({ id, version }) => `${id}@${version}`).sort(),
    deployments: deployments
      .map(
        ({ deployment }) =>
          `${deployment.id}=${deployment.upstreamModel}:${deployment.defaultMaxOutputTokens}`,
      )
      .sort(),
  };
  return hash('sha256', JSON.stringify(parts), 'base64url');
}
