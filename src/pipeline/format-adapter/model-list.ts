import type { JsonObject } from '../../common/json.js';

/** A model as `GET /v1/models` shows it. */
export interface ListedModel {
  id: string;
  createdAtMs: number;
  ownedBy: string;
}

export function renderOpenAiModel(model: ListedModel): JsonObject {
  return {
    id: model.id,
    object: 'model',
    created: Math.floor(model.createdAtMs / 1_000),
    owned_by: model.ownedBy,
  };
}

export function renderOpenAiModelList(models: readonly ListedModel[]): JsonObject {
  return { object: 'list', data: models.map(renderOpenAiModel) };
}

export function renderAnthropicModel(model: ListedModel): JsonObject {
  return {
    type: 'model',
    id: model.id,
    display_name: model.id,
    created_at: new Date(model.createdAtMs).toISOString(),
  };
}

/** One page with everything: a gateway has tens of models, not thousands. */
export function renderAnthropicModelList(models: readonly ListedModel[]): JsonObject {
  return {
    data: models.map(renderAnthropicModel),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  };
}
