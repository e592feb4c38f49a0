import type { DeploymentEntity } from '../../storage/database/entities/deployment.entity.js';
import type { ModelEntity } from '../../storage/database/entities/model.entity.js';
import { renderStoredPrice } from '../fields/stored-price.js';
import { renderOwnedRow } from '../fields/render-row.js';

/** A model with its deployments beside it, in their order. */
export type ModelRow = ModelEntity & { deployments?: DeploymentEntity[] };

export function renderModel(row: ModelRow) {
  const { id, name, strategy, enabled, deployments = [] } = row;
  const members = { id, name, strategy, deployments: deployments.map(renderDeployment), enabled };
  return { ...members, ...renderOwnedRow(row) };
}

export function renderDeployment(row: DeploymentEntity) {
  const { id, providerId, upstreamModel, weight, priority, defaultMaxOutputTokens, price } = row;
  return {
    id,
    providerId,
    upstreamModel,
    weight,
    priority,
    ...(defaultMaxOutputTokens === null ? {} : { defaultMaxOutputTokens }),
    ...(price === null ? {} : { price: renderStoredPrice(price) }),
    streamUsage: row.streamUsage,
    timeouts: { ...row.timeouts },
  };
}
