import type { DeclaredModel } from '../../config/declarative/declarative-config.js';
import type { DeploymentEntity } from '../../storage/database/entities/deployment.entity.js';
import type { ModelEntity } from '../../storage/database/entities/model.entity.js';
import type { CurrentRows } from './current-rows.js';
import { buildIdentity, getId, type OwnedSection } from './declared-owners.js';
import { planDeployments } from './plan-deployments.js';
import { listNamed, planOwnedRows } from './plan-owned-rows.js';
import { describeForeign, type PlanContext, type PlannedChange, type RowsPlan } from './plan-rows.js';

export interface ModelsPlan extends RowsPlan<ModelEntity> {
  deployments: PlannedChange<DeploymentEntity>[];
}

export async function planModels(
  sections: readonly OwnedSection[],
  providerIds: ReadonlyMap<string, string>,
  current: CurrentRows,
  context: PlanContext,
): Promise<ModelsPlan> {
  const plan = await planOwnedRows<ModelEntity, DeclaredModel>(
    {
      kind: 'model',
      field: 'models',
      sections,
      list: ({ section }) => listNamed(section.models),
      convert: ({ strategy, enabled }) => ({ strategy, enabled }),
      rows: current.models,
      current,
    },
    context,
  );
  const deployments = planAllDeployments(plan, sections, { providerIds, current, context });
  const touched = new Set(
    deployments.flatMap(({ change, modelId }) => (change.action === 'unchanged' ? [] : [modelId])),
  );
  const changes = plan.changes.map((change) =>
    touched.has(change.id) ? renewModel(change, context) : change,
  );
  const conflicts = [...plan.conflicts, ...findForeignModels(plan.changes, touched, { current, context })];
  return { ...plan, changes, conflicts, deployments: deployments.map(({ change }) => change) };
}

/** A model of the file that stays as it is itself, but whose deployments an import through the API would change. */
function findForeignModels(
  changes: readonly PlannedChange<ModelEntity>[],
  touched: ReadonlySet<string>,
  { current, context }: Pick<Surroundings, 'current' | 'context'>,
): string[] {
  if (context.managedBy !== 'api') return [];
  const foreign = new Set(current.models.filter(({ managedBy }) => managedBy === 'file').map(({ id }) => id));
  return changes
    .filter(({ id }) => touched.has(id) && foreign.has(id))
    .map(({ label }) => describeForeign(label));
}

interface Surroundings {
  providerIds: ReadonlyMap<string, string>;
  current: CurrentRows;
  context: PlanContext;
}

interface DeploymentOfModel {
  modelId: string;
  change: PlannedChange<DeploymentEntity>;
}

function planAllDeployments(
  { ids, changes }: RowsPlan<ModelEntity>,
  sections: readonly OwnedSection[],
  { providerIds, current, context }: Surroundings,
): DeploymentOfModel[] {
  const byModel = Map.groupBy(current.deployments, ({ modelId }) => modelId);
  // A model in conflict has no change of its own, and its deployments are the API's.
  const planned = new Set(changes.map(({ id }) => id));
  const models = sections.flatMap(({ owner, label, section }) =>
    section.models.map((model) => ({
      model,
      owner,
      label,
      modelId: getId(ids, buildIdentity(owner, model.name)),
    })),
  );
  return models
    .filter(({ modelId }) => planned.has(modelId))
    .flatMap(({ model, owner, label, modelId }) =>
      planDeployments(
        {
          modelId,
          modelLabel: `${label}models/${model.name}`,
          declared: model.deployments,
          current: byModel.get(modelId) ?? [],
          getProviderId: ({ provider, providerOwner }) =>
            getVisibleProvider(providerIds, providerOwner ?? owner, provider),
        },
        context,
      ).map((change) => ({ modelId, change })),
    );
}

function getVisibleProvider(providerIds: ReadonlyMap<string, string>, owner: string, name: string): string {
  return providerIds.get(buildIdentity(owner, name)) ?? getId(providerIds, buildIdentity('platform', name));
}

/** Deployments are part of their model: when they change, its revision does too. */
function renewModel(
  change: PlannedChange<ModelEntity>,
  { nowMs, managedBy }: PlanContext,
): PlannedChange<ModelEntity> {
  if (change.action === 'create') return change;
  const values = { ...change.values, managedBy, updatedAt: new Date(nowMs) };
  return { ...change, action: 'update', fields: [...change.fields, 'deployments'], values };
}
