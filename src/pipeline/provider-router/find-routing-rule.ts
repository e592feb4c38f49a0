import type { TenantId } from '../../common/ids.js';
import type { RoutingConditions, RoutingRuleConfig } from '../../tenancy/config-snapshot.js';
import { hasTag } from '../../tenancy/has-tag.js';
import { isAllowedName, matchesPattern } from '../../tenancy/match-pattern.js';

/** What a rule can ask about a request. */
export interface RoutedRequest {
  tenantId: TenantId;
  /** `ApiKeyConfig.firstId`, as scopes name keys. */
  keyId: string;
  /** Public model name, as asked for. */
  model: string;
  tags: Readonly<Record<string, string>>;
  user: string | null;
  taskClass: string;
  sizeClass: string;
  modalities: readonly string[];
  stream: boolean;
  /** Of the key; empty allows all. */
  allowedModels: readonly string[];
}

/**
 * The first rule, in the order given, that is the tenant's or the platform's, matches, and may be followed for this key;
 * null when none does. Pure.
 */
export function findRoutingRule(
  rules: readonly RoutingRuleConfig[],
  request: RoutedRequest,
): RoutingRuleConfig | null {
  for (const rule of rules) {
    if (concerns(rule, request) && isAllowedForKey(rule, request)) return rule;
  }
  return null;
}

/** Where a request goes: by which rule, and to whose deployments the platform narrows what a tenant's rule chose. */
export interface RoutingChoice {
  rule: RoutingRuleConfig | null;
  narrowing: RoutingRuleConfig | null;
}

export const NO_CHOICE: RoutingChoice = { rule: null, narrowing: null };

/**
 * A tenant's rule may come before the platform's, but never leads out of the providers that the platform's first matching
 * rule allows, be it for the model that was asked for or for the one that the tenant's rule made of it. Pure.
 */
export function chooseRouting(rules: readonly RoutingRuleConfig[], request: RoutedRequest): RoutingChoice {
  const rule = findRoutingRule(rules, request);
  if (rule === null || rule.owner === 'platform') return { rule, narrowing: null };
  const { action } = rule;
  const meant = action.type === 'use-model' ? [request, { ...request, model: action.model }] : [request];
  const narrowing = rules.find(
    (other) =>
      other.owner === 'platform' &&
      other.action.type === 'use-providers' &&
      meant.some((one) => matchesConditions(other.conditions, one)),
  );
  return { rule, narrowing: narrowing ?? null };
}

/** The rules that match but are passed over, because they lead to a model that the key may not use. */
export function listForbiddenRules(
  rules: readonly RoutingRuleConfig[],
  request: RoutedRequest,
): RoutingRuleConfig[] {
  return rules.filter((rule) => concerns(rule, request) && !isAllowedForKey(rule, request));
}

function concerns(rule: RoutingRuleConfig, request: RoutedRequest): boolean {
  const isVisible = rule.owner === 'platform' || rule.owner === request.tenantId;
  return isVisible && matchesConditions(rule.conditions, request);
}

/** What a key may use is a promise about the key: no rule, not even the platform's, leads past it. */
function isAllowedForKey({ action }: RoutingRuleConfig, { allowedModels }: RoutedRequest): boolean {
  return action.type !== 'use-model' || isAllowedName(allowedModels, action.model);
}

function matchesConditions(conditions: RoutingConditions, request: RoutedRequest): boolean {
  const { model, keyId, tag, user, taskClass, sizeClass, modality, stream } = conditions;
  return (
    (model === undefined || matchesPattern(model, request.model)) &&
    (keyId === undefined || keyId === request.keyId) &&
    (user === undefined || user === request.user) &&
    (taskClass === undefined || taskClass === request.taskClass) &&
    (sizeClass === undefined || sizeClass === request.sizeClass) &&
    (modality === undefined || request.modalities.includes(modality)) &&
    (stream === undefined || stream === request.stream) &&
    (tag === undefined || hasTag(request.tags, tag))
  );
}
