import type { ProviderId } from '../../common/ids.js';
import type { ModelConfig, ProviderConfig, RoutingRuleConfig } from '../../tenancy/config-snapshot.js';
import type { Candidate } from './upstream-execution.js';

export type NarrowingRule = Pick<RoutingRuleConfig, 'owner' | 'action'>;

type Providers = ReadonlyMap<ProviderId, ProviderConfig>;

/** Snapshots are immutable and swapped whole, so what was found for one holds as long as it lives. */
const candidatesBySnapshot = new WeakMap<Providers, WeakMap<ModelConfig, readonly Candidate[]>>();

/**
 * The deployments that may serve a model: those whose provider exists and belongs to the platform or to the model's owner.
 * A platform model never spends a tenant's credential, nor one tenant's model another tenant's. Rules may narrow them to some
 * providers; a platform's rule means the platform's, whatever a tenant calls its own.
 */
export function applyRoutingRules(
  model: ModelConfig,
  providers: Providers,
  rules: readonly (NarrowingRule | null)[] = [],
): readonly Candidate[] {
  let candidates = findCandidates(model, providers);
  for (const rule of rules) {
    if (rule?.action.type !== 'use-providers') continue;
    candidates = candidates.filter(({ provider }) => isAllowed(provider, rule));
  }
  return candidates;
}

function isAllowed({ owner, name }: ProviderConfig, rule: NarrowingRule): boolean {
  const isMeant = rule.owner !== 'platform' || owner === 'platform';
  return isMeant && rule.action.type === 'use-providers' && rule.action.providers.includes(name);
}

function findCandidates(model: ModelConfig, providers: Providers): readonly Candidate[] {
  let byModel = candidatesBySnapshot.get(providers);
  if (byModel === undefined) candidatesBySnapshot.set(providers, (byModel = new WeakMap()));
  let candidates = byModel.get(model);
  if (candidates === undefined) byModel.set(model, (candidates = listCandidates(model, providers)));
  return candidates;
}

function listCandidates(model: ModelConfig, providers: Providers): readonly Candidate[] {
  return model.deployments.flatMap((deployment) => {
    const provider = providers.get(deployment.providerId);
    if (provider === undefined || (provider.owner !== 'platform' && provider.owner !== model.owner))
      return [];
    return [{ deployment, provider }];
  });
}
