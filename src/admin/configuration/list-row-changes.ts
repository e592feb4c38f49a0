import type { OwnedRow } from '../../storage/database/entities/managed-row.js';
import type { TenantEntity } from '../../storage/database/entities/tenant.entity.js';
import type { AppliedPlan } from '../../tenancy/apply-declarative-config.js';
import type { CurrentRows } from '../../tenancy/declarative/current-rows.js';
import type { PlannedChange } from '../../tenancy/declarative/plan-rows.js';
import type { AuditedChange } from '../audit/audit.service.js';
import { renderBudgetForAudit } from '../budgets/render-budget.js';
import { renderCachePolicy } from '../cache-policy/render-cache-policy.js';
import { renderKeyForAudit } from '../keys/api-key.dto.js';
import { renderModel } from '../models/render-model.js';
import { renderPolicy } from '../policies/render-policy.js';
import { renderPrice } from '../prices/render-price.js';
import { renderProviderForAudit } from '../providers/render-provider.js';
import { renderRateLimit } from '../rate-limits/render-rate-limit.js';
import { findTenantOfOwner } from '../resource/row-scope.js';
import { renderRoutingRule } from '../routing-rules/render-routing-rule.js';
import { renderTenant } from '../tenants/tenant.dto.js';

/** How the rows of one table stand in the audit log: as a change of one alone would. */
interface Subject<Row> {
  resource: string;
  findTenant: (row: Row) => string | null;
  render: (row: Row) => unknown;
}

/** Rows before and after, by id. */
interface Versions<Row> {
  before: readonly Row[];
  after: readonly Row[];
}

/**
 * Every row that a document has changed, as an audit entry each, made when it is asked for: there may be thousands.
 * Deployments stand in their model, and a tenant's cache policy is a resource of its own, as in the API.
 */
export function* listRowChanges({ plan, before, after }: AppliedPlan): Generator<AuditedChange> {
  const versions = <Name extends keyof CurrentRows>(name: Name) =>
    ({ before: before[name], after: after[name] }) as Versions<CurrentRows[Name][number]>;
  const owned = <Row extends OwnedRow>(resource: string, render: (row: Row) => unknown): Subject<Row> => ({
    resource,
    findTenant: ({ owner }) => findTenantOfOwner(owner),
    render,
  });
  yield* listChanges(plan.tenants.filter(changesTenant), versions('tenants'), TENANT);
  yield* listChanges(plan.tenants.filter(changesCachePolicy), versions('tenants'), CACHE_POLICY);
  yield* listChanges(plan.keys, versions('keys'), {
    resource: 'keys',
    findTenant: ({ tenantId }) => tenantId,
    render: renderKeyForAudit,
  });
  yield* listChanges(plan.providers, versions('providers'), owned('providers', renderProviderForAudit));
  yield* listChanges(plan.models, attachDeployments(before, after), owned('models', renderModel));
  yield* listChanges(plan.policies, versions('policies'), owned('policies', renderPolicy));
  yield* listChanges(plan.rateLimits, versions('rateLimits'), owned('rate-limits', renderRateLimit));
  yield* listChanges(plan.budgets, versions('budgets'), owned('budgets', renderBudgetForAudit));
  yield* listChanges(plan.prices, versions('prices'), owned('prices', renderPrice));
  yield* listChanges(plan.routingRules, versions('routingRules'), owned('routing-rules', renderRoutingRule));
}

const TENANT: Subject<TenantEntity> = {
  resource: 'tenants',
  findTenant: ({ id }) => id,
  render: renderTenant,
};
const CACHE_POLICY: Subject<TenantEntity> = {
  ...TENANT,
  resource: 'cache-policy',
  render: renderCachePolicy,
};

const CACHE_FIELDS = ['cacheMode', 'cacheTtlSeconds'];

function changesTenant({ fields }: PlannedChange<TenantEntity>): boolean {
  return fields.some((field) => !CACHE_FIELDS.includes(field));
}

function changesCachePolicy({ fields }: PlannedChange<TenantEntity>): boolean {
  return fields.some((field) => CACHE_FIELDS.includes(field));
}

function attachDeployments(before: CurrentRows, after: CurrentRows): Versions<CurrentRows['models'][number]> {
  const attach = ({ models, deployments }: CurrentRows) => {
    const byModel = Map.groupBy(deployments, ({ modelId }) => modelId);
    return models.map((model) => withDeployments(model, byModel.get(model.id) ?? []));
  };
  return { before: attach(before), after: attach(after) };
}

function withDeployments<Row extends object>(row: Row, deployments: CurrentRows['deployments']): Row {
  return { ...row, deployments };
}

function* listChanges<Row extends { id: string }>(
  changes: readonly PlannedChange<Row>[],
  versions: Versions<Row>,
  { resource, findTenant, render }: Subject<Row>,
): Generator<AuditedChange> {
  const changed = changes.filter(({ action }) => action !== 'unchanged');
  if (changed.length === 0) return;
  const [before, after] = [indexById(versions.before), indexById(versions.after)];
  for (const change of changed) {
    const [old, now] = [before.get(change.id) ?? null, after.get(change.id) ?? null];
    const row = now ?? old;
    if (row === null) continue;
    yield {
      action: nameAction(change),
      resource,
      resourceId: change.id,
      tenantId: findTenant(row),
      before: old === null ? null : render(old),
      after: now === null ? null : render(now),
    };
  }
}

function indexById<Row extends { id: string }>(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** The word that the API's own change would stand under. */
function nameAction({ action, kind, values }: PlannedChange<unknown>): AuditedChange['action'] {
  if (action === 'create' || action === 'delete') return action;
  if (action === 'disable' && kind === 'key') return 'revoke';
  const { status } = values as { status?: string };
  return action === 'disable' && kind === 'tenant' && status === 'archived' ? 'archive' : 'update';
}
