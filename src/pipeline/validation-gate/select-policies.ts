import type { PolicyConfig, Scope } from '../../tenancy/config-snapshot.js';
import { hasTag } from '../../tenancy/has-tag.js';
import { matchesPattern } from '../../tenancy/match-pattern.js';

/** Who asks, and for which model. */
export interface PolicySubject {
  tenantId: string;
  /** `ApiKeyConfig.firstId`, as scopes name keys. */
  keyId: string;
  /** Public name, as asked for. */
  model: string;
  /** Public name of the model that a routing rule made of it. A tenant's alias leads past no policy of the platform. */
  servedModel: string;
  tags: Readonly<Record<string, string>>;
  user: string | null;
}

/** The policies that apply: the platform's and the tenant's own, where every member of the scope matches. */
export function selectPolicies(policies: readonly PolicyConfig[], subject: PolicySubject): PolicyConfig[] {
  const served = { ...subject, model: subject.servedModel };
  return policies.filter(({ owner, scope }) => {
    if (owner === 'platform') return matchesScope(scope, subject) || matchesScope(scope, served);
    return owner === subject.tenantId && matchesScope(scope, subject);
  });
}

/** `*` in a scope's model stands for any run of characters. */
function matchesScope(scope: Scope, subject: PolicySubject): boolean {
  if (scope.keyId !== undefined && scope.keyId !== subject.keyId) return false;
  if (scope.user !== undefined && scope.user !== subject.user) return false;
  if (scope.model !== undefined && !matchesPattern(scope.model, subject.model)) return false;
  return scope.tag === undefined || hasTag(subject.tags, scope.tag);
}
