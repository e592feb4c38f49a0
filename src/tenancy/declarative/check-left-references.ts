import { findUpstreamModelFault } from '../../config/fields/find-simulated-fault.js';
import type { DeploymentEntity } from '../../storage/database/entities/deployment.entity.js';
import type { ModelEntity } from '../../storage/database/entities/model.entity.js';
import type { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import type { RoutingRuleEntity } from '../../storage/database/entities/routing-rule.entity.js';
import { findUnservedRules } from '../find-unserved-rules.js';
import { applyChanges } from './apply-changes.js';
import type { CurrentRows } from './current-rows.js';
import { buildIdentity, createOwnerDescriber, listArchivedIds } from './declared-owners.js';
import type { PlanContext, PlannedChange } from './plan-rows.js';

type Named = Pick<ModelEntity | ProviderEntity, 'owner' | 'name'>;

interface Configured {
  providers: ProviderEntity[];
  models: ModelEntity[];
  deployments: DeploymentEntity[];
  routingRules: RoutingRuleEntity[];
}

type PlannedRows = { [Table in keyof Configured]: PlannedChange<Configured[Table][number]>[] };

/**
 * What leads nowhere once the plan is executed, wherever it was written: the same that the admin API refuses, for an
 * import's document says nothing of the rows that it leaves alone. What led nowhere before is not the plan's fault; what the
 * file itself says was checked with it (check-references.ts, check-model-names.ts).
 */
export function checkLeftReferences(
  plan: PlannedRows,
  current: CurrentRows,
  { managedBy }: Pick<PlanContext, 'managedBy'>,
): string[] {
  const after: Configured = {
    providers: applyChanges(current.providers, plan.providers),
    models: applyChanges(current.models, plan.models),
    deployments: applyChanges(current.deployments, plan.deployments),
    routingRules: applyChanges(current.routingRules, plan.routingRules),
  };
  const written = plan.routingRules.filter(({ action }) => action === 'create' || action === 'update');
  const writtenRules = new Set(written.map(({ id }) => id));
  const before = new Set([...findLostRules(current), ...findMisfits(current)].map(({ id }) => id));
  const archived = listArchivedIds(current);
  const describeOwner = createOwnerDescriber(current);
  const describe = ({ owner }: { owner: string }) => describeOwner(owner);
  const rules = findLostRules(after)
    // Nobody is sent anywhere by the rules of an archived tenant.
    .filter(({ owner }) => !archived.has(owner))
    .filter(({ id }) => (writtenRules.has(id) ? managedBy === 'api' : !before.has(id)))
    .map((rule) => `${describe(rule)}routingRules/${rule.name}: ${describeLost(rule)}`);
  const declared = plan.routingRules.filter(({ action }) => action !== 'disable' && action !== 'delete');
  const unserved = (managedBy === 'file' ? findUnservedRulesOf(declared, after, current) : []).map(
    (rule) =>
      `${describe(rule)}routingRules/${rule.name}: no model that it matches has a deployment on its providers`,
  );
  const names = new Map(after.models.map((model) => [model.id, `${describe(model)}models/${model.name}`]));
  const misfits = findMisfits(after)
    .filter(({ id }) => !before.has(id))
    .map(({ modelId }) => `${names.get(modelId) ?? ''}: its provider would not understand upstreamModel`);
  return [...rules, ...unserved, ...misfits];
}

/** Rules whose action names what neither their owner nor the platform has. */
function findLostRules({
  models,
  providers,
  routingRules,
}: Omit<Configured, 'deployments'>): RoutingRuleEntity[] {
  const [knownModels, knownProviders] = [indexNames(models), indexNames(providers)];
  const isVisible = (known: ReadonlySet<string>, owner: string, name: string) =>
    known.has(buildIdentity(owner, name)) || known.has(buildIdentity('platform', name));
  return routingRules.filter(({ owner, action }) =>
    action.type === 'use-model'
      ? !isVisible(knownModels, owner, action.model)
      : action.providers.some((name) => !isVisible(knownProviders, owner, name)),
  );
}

/**
 * Of what the file declares itself, and that is switched on: a rule of the API, which models may have left since, must not keep a
 * gateway from starting, and every export can be imported.
 */
function findUnservedRulesOf(
  declared: PlannedRows['routingRules'],
  after: Configured,
  before: Configured,
): RoutingRuleEntity[] {
  const ids = new Set(declared.map(({ id }) => id));
  const rules = after.routingRules.filter(({ id, enabled }) => enabled && ids.has(id));
  const known = new Set(findUnservedRules(before.routingRules, before).map(({ id }) => id));
  return findUnservedRules(rules, after).filter(({ id }) => !known.has(id));
}

function describeLost({ action }: RoutingRuleEntity): string {
  return action.type === 'use-model'
    ? `there is no model ${action.model}`
    : `not all of its providers are there: ${action.providers.join(', ')}`;
}

/** Deployments that ask their provider for what it does not know. */
function findMisfits({
  providers,
  deployments,
}: Pick<Configured, 'providers' | 'deployments'>): DeploymentEntity[] {
  const kinds = new Map(providers.map(({ id, kind }) => [id, kind]));
  return deployments.filter(
    ({ providerId, upstreamModel }) =>
      findUpstreamModelFault(kinds.get(providerId) ?? '', upstreamModel) !== null,
  );
}

function indexNames(rows: readonly Named[]): ReadonlySet<string> {
  return new Set(rows.map(({ owner, name }) => buildIdentity(owner, name)));
}
