import type { DeclaredDeployment } from '../../config/declarative/declarative-config.js';
import type { DeploymentEntity } from '../../storage/database/entities/deployment.entity.js';
import { type PlanContext, type PlannedChange, planRow } from './plan-rows.js';
import { convertPrice } from './convert-price.js';

export interface DeploymentsInput {
  modelId: string;
  modelLabel: string;
  declared: readonly DeclaredDeployment[];
  /** Those of the model, in order. */
  current: readonly DeploymentEntity[];
  /** Id of the provider that a deployment of the model's owner names. */
  getProviderId: (deployment: Pick<DeclaredDeployment, 'provider' | 'providerOwner'>) => string;
}

/**
 * A deployment is recognised by provider and upstream model; of several with the same two, the first is the first. So its
 * id, which breaker and ledger go by, outlives a change of weights or of the order.
 */
export function planDeployments(
  input: DeploymentsInput,
  context: PlanContext,
): PlannedChange<DeploymentEntity>[] {
  const { modelId, modelLabel, declared, getProviderId } = input;
  const left = [...input.current];
  const changes = declared.map(({ provider, providerOwner, price, ...columns }, position) => {
    const providerId = getProviderId({ provider, providerOwner });
    const row = takeMatch(left, providerId, columns.upstreamModel);
    const label = `${modelLabel}/deployments/${provider}:${columns.upstreamModel}`;
    const values = {
      ...columns,
      modelId,
      providerId,
      price: price === null ? null : convertPrice(price),
      position,
    };
    return planRow<DeploymentEntity>(
      { kind: 'deployment', id: row?.id ?? context.createId(), label },
      row,
      values,
    );
  });
  return [...changes, ...left.map((row) => planDeletion(row, modelLabel))];
}

function takeMatch(
  left: DeploymentEntity[],
  providerId: string,
  upstreamModel: string,
): DeploymentEntity | null {
  const index = left.findIndex((row) => row.providerId === providerId && row.upstreamModel === upstreamModel);
  return index === -1 ? null : (left.splice(index, 1)[0] ?? null);
}

function planDeletion(row: DeploymentEntity, modelLabel: string): PlannedChange<DeploymentEntity> {
  const label = `${modelLabel}/deployments/${row.upstreamModel}`;
  return { kind: 'deployment', action: 'delete', id: row.id, label, fields: [], values: {}, revision: null };
}
