import type { RoutingAction, RoutingConditions } from './config-snapshot.js';
import { matchesPattern } from './match-pattern.js';

interface OwnedName {
  id: string;
  owner: string;
  name: string;
}

/** What is configured; what is switched off counts as being there. */
export interface RoutableRows {
  models: readonly OwnedName[];
  deployments: readonly { modelId: string; providerId: string }[];
  providers: readonly OwnedName[];
}

interface Rule {
  owner: string;
  conditions: Pick<RoutingConditions, 'model'>;
  action: RoutingAction;
}

/**
 * Rules for certain models that narrow to providers on which none of these has a deployment: every request that they match
 * would fail. One that matches no model hurts nobody, nor does one that is for all: its models may be still to come. One that
 * some of its models satisfy keeps the others from being served on purpose, as where data must stay with a provider.
 */
export function findUnservedRules<R extends Rule>(rules: readonly R[], rows: RoutableRows): R[] {
  const narrowing = rules.filter(
    ({ conditions, action }) => conditions.model !== undefined && action.type === 'use-providers',
  );
  if (narrowing.length === 0) return [];
  const deployments = Map.groupBy(rows.deployments, ({ modelId }) => modelId);
  const modelsByOwner = Map.groupBy(rows.models, ({ owner }) => owner);
  return narrowing.filter(({ owner, conditions, action }) => {
    const names = new Set(action.type === 'use-providers' ? action.providers : []);
    // The platform's rules mean the platform's providers.
    const isAllowed = (provider: OwnedName) =>
      names.has(provider.name) && (owner !== 'platform' || provider.owner === 'platform');
    const allowedIds = new Set(rows.providers.filter(isAllowed).map(({ id }) => id));
    const visible = owner === 'platform' ? rows.models : listVisible(modelsByOwner, owner);
    const matched = visible.filter(({ name }) => matchesPattern(conditions.model ?? '*', name));
    const isServed = matched.some(({ id }) =>
      deployments.get(id)?.some(({ providerId }) => allowedIds.has(providerId)),
    );
    return matched.length > 0 && !isServed;
  });
}

/** A tenant's model hides the platform's of the same name. */
function listVisible(modelsByOwner: ReadonlyMap<string, OwnedName[]>, tenant: string): OwnedName[] {
  const own = modelsByOwner.get(tenant) ?? [];
  const names = new Set(own.map(({ name }) => name));
  return [...own, ...(modelsByOwner.get('platform') ?? []).filter(({ name }) => !names.has(name))];
}
