import type { Scope } from '../../tenancy/config-snapshot.js';
import { hasTag } from '../../tenancy/has-tag.js';

/** Who asks, and for which model. */
export interface QuotaSubject {
  tenantId: string;
  /** `ApiKeyConfig.firstId`, as scopes name keys. */
  keyId: string;
  /** Public name; null asks for no model in particular, and every model's rows match. */
  model: string | null;
  /** What a routing rule made of it; the platform's limits hold for it, too. Null like `model`. */
  servedModel: string | null;
  tags: Readonly<Record<string, string>>;
  user: string | null;
}

/** Whether key and model are in the scope. What a request brings of its own is not looked at. */
export function matchesKeyAndModel(scope: Scope, subject: Pick<QuotaSubject, 'keyId' | 'model'>): boolean {
  if (scope.keyId !== undefined && scope.keyId !== subject.keyId) return false;
  return scope.model === undefined || subject.model === null || scope.model === subject.model;
}

/** Whether the request's tags and user are in the scope. */
export function matchesTagAndUser(scope: Scope, subject: Pick<QuotaSubject, 'tags' | 'user'>): boolean {
  if (scope.user !== undefined && scope.user !== subject.user) return false;
  return scope.tag === undefined || hasTag(subject.tags, scope.tag);
}

/** The scope as a part of counter keys: a row whose scope is changed begins to count anew. */
export function renderScopeKey(scope: Scope): string {
  const parts = [
    scope.keyId === undefined ? '' : `k=${scope.keyId}`,
    scope.model === undefined ? '' : `m=${encodeURIComponent(scope.model)}`,
    scope.tag === undefined ? '' : `t=${encodeURIComponent(scope.tag)}`,
    scope.user === undefined ? '' : `u=${encodeURIComponent(scope.user)}`,
  ];
  return parts.filter((part) => part !== '').join('&') || '*';
}
