import type { TenantId } from '../../common/ids.js';
import type { RoutingConditions, RoutingRuleConfig } from '../../tenancy/config-snapshot.js';
import { hasTag } from '../../tenancy/has-tag.js';
import { matchesPattern } from '../../tenancy/match-pattern.js';

/** What a rule can ask about a request. */
export interface RoutedRequest {
  tenantId: TenantId;
  keyId: string;
  /** Public model name, as asked for. */
  model: string;
  tags: Readonly<Record<string, string>>;
  user: string | null;
  taskClass: string;
  sizeClass: string;
  modalities: readonly string[];
  stream: boolean;
}

/** The first rule, in the order given, that is the tenant's or the platform's and matches; null when none does. Pure. */
export function findRoutingRule(
  rules: readonly RoutingRuleConfig[],
  request: RoutedRequest,
): RoutingRuleConfig | null {
  for (const rule of rules) {
    const isVisible = rule.owner === 'platform' || rule.owner === request.tenantId;
    if (isVisible && matchesConditions(rule.conditions, request)) return rule;
  }
  return null;
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
