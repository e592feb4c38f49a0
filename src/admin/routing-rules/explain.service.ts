import { Injectable } from '@nestjs/common';
import type { TenantId } from '../../common/ids.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { chooseRouting, listForbiddenRules } from '../../pipeline/provider-router/find-routing-rule.js';
import { ProviderRouterService } from '../../pipeline/provider-router/provider-router.service.js';
import type { ModelConfig, RoutingAction, RoutingRuleConfig } from '../../tenancy/config-snapshot.js';
import { ConfigStore } from '../../tenancy/config-store.js';
import type { Actor } from '../access/actor.js';
import { ApiKeysService } from '../keys/api-keys.service.js';
import { TenantsService } from '../tenants/tenants.service.js';
import type { ExplainInput } from './routing-rule.dto.js';

/** Says where a request would go by the configuration that this process decides by. */
@Injectable()
export class ExplainService {
  constructor(
    private readonly configStore: ConfigStore,
    private readonly router: ProviderRouterService,
    private readonly tenants: TenantsService,
    private readonly keys: ApiKeysService,
  ) {}

  /** @throws GatewayError: not_found for the tenant or the key, invalid_request for a model that it does not see. */
  async explain(actor: Actor, input: ExplainInput) {
    await this.tenants.get(actor, input.tenantId);
    const tenantId = input.tenantId as TenantId;
    const { routingRules, providers } = this.configStore.current();
    const request = {
      ...input,
      tenantId,
      keyId: input.keyId === undefined ? '' : await this.keys.findScopeId(tenantId, input.keyId),
      user: input.user ?? null,
      allowedModels: await this.listAllowedModels(actor, input),
    };
    const { rule, narrowing } = chooseRouting(routingRules, request);
    const model = this.findModel(tenantId, rule?.action, input.model);
    const candidates = this.router.applyRoutingRules(model, providers, [rule, narrowing]);
    const healthy = new Set(this.router.getHealthyProviders(candidates));
    return {
      rule: rule === null ? null : renderRule(rule),
      narrowedBy: narrowing === null ? null : renderRule(narrowing),
      passedOver: listForbiddenRules(routingRules, request).map((passed) => ({
        ...renderRule(passed),
        reason: 'model-not-allowed',
      })),
      model: model.name,
      strategy: model.strategy,
      candidates: candidates.map((candidate) => ({
        deploymentId: candidate.deployment.id,
        provider: candidate.provider.name,
        upstreamModel: candidate.deployment.upstreamModel,
        priority: candidate.deployment.priority,
        weight: candidate.deployment.weight,
        isHealthy: healthy.has(candidate),
      })),
    };
  }

  /** Without a key the question is about one that may use everything. */
  private async listAllowedModels(actor: Actor, { tenantId, keyId }: ExplainInput): Promise<string[]> {
    return keyId === undefined ? [] : (await this.keys.get(actor, tenantId, keyId)).view.allowedModels;
  }

  private findModel(tenantId: TenantId, action: RoutingAction | undefined, asked: string): ModelConfig {
    const name = action?.type === 'use-model' ? action.model : asked;
    const model = this.configStore.findModel(tenantId, name);
    if (model === null)
      throw new GatewayError('invalid_request', { param: 'model', publicMessage: 'No such model.' });
    return model;
  }
}

function renderRule({ id, name, priority, action }: RoutingRuleConfig) {
  return { id, name, priority, action };
}
