import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { DataSource, type EntityManager, In } from 'typeorm';
import { createId } from '../../common/ids.js';
import type { JsonObject } from '../../common/json.js';
import { findUpstreamModelFault } from '../../config/fields/find-simulated-fault.js';
import type { FieldError } from '../../errors/gateway-error.js';
import { DeploymentEntity } from '../../storage/database/entities/deployment.entity.js';
import { ModelEntity } from '../../storage/database/entities/model.entity.js';
import { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import { AuditService } from '../audit/audit.service.js';
import { assertNoFaults } from '../fields/assert-references.js';
import { toStoredPrice } from '../fields/stored-price.js';
import { OwnedRowsService, type Write } from '../resource/owned-rows.service.js';
import { PLATFORM } from '../resource/row-scope.js';
import { listRulesNamingModel } from '../routing-rules/list-rules-naming.js';
import { listScopesNaming } from './list-scopes-naming.js';
import { type DeploymentInput, type ModelInput, modelInputSchema } from './model.dto.js';
import { type ModelRow, renderDeployment, renderModel } from './render-model.js';

/** Models and their deployments. A tenant's model may use the platform's providers and its own. */
@Injectable()
export class ModelsService extends OwnedRowsService<ModelRow, ModelInput> {
  readonly resource = 'models';
  protected readonly entity = ModelEntity;
  protected readonly inputSchema = modelInputSchema;
  protected override readonly areReferences = true;

  constructor(dataSource: DataSource, audit: AuditService, @Inject(CLOCK) clock: Clock) {
    super(dataSource, audit, clock);
  }

  render(row: ModelRow) {
    return renderModel(row);
  }

  protected toInput({ name, strategy, enabled, deployments = [] }: ModelRow): JsonObject {
    return { name, strategy, enabled, deployments: deployments.map(renderDeployment) };
  }

  protected override async attach(manager: EntityManager, rows: readonly ModelRow[]): Promise<void> {
    const deployments = await manager.find(DeploymentEntity, {
      where: { modelId: In(rows.map(({ id }) => id)) },
      order: { position: 'ASC', id: 'ASC' },
    });
    const byModel = Map.groupBy(deployments, ({ modelId }) => modelId);
    for (const row of rows) row.deployments = byModel.get(row.id) ?? [];
  }

  protected async assign(row: ModelRow, { manager, owner, input }: Write<ModelInput>): Promise<void> {
    assertNoFaults([
      ...findIdFaults(row, input.deployments),
      ...(await findProviderFaults(manager, owner, input.deployments)),
    ]);
    const { name, strategy, enabled } = input;
    Object.assign(row, { name, strategy, enabled });
  }

  /** Deployments that are named again keep their rows, so that breakers and ledger go on with the same ids. */
  protected override async saveAttached(row: ModelRow, { manager, input }: Write<ModelInput>): Promise<void> {
    const known = new Map((row.deployments ?? []).map((deployment) => [deployment.id, deployment]));
    const kept = input.deployments.map((given, position) => {
      const deployment =
        known.get(given.id ?? '') ?? manager.getRepository(DeploymentEntity).create({ id: createId() });
      known.delete(deployment.id);
      return Object.assign(deployment, toColumns(given), { modelId: row.id, position });
    });
    if (known.size > 0) await manager.remove([...known.values()]);
    row.deployments = await manager.save(kept);
  }

  protected override async listNameDependants(manager: EntityManager, row: ModelRow): Promise<string[]> {
    return [...(await listRulesNamingModel(manager, row)), ...(await listScopesNaming(manager, row))];
  }
}

function toColumns({ id: _id, defaultMaxOutputTokens, price, ...others }: DeploymentInput) {
  return {
    ...others,
    defaultMaxOutputTokens: defaultMaxOutputTokens ?? null,
    price: price === undefined ? null : toStoredPrice(price),
  };
}

/** Breakers and ledger go by these ids, so none is made up by a client or given away twice. */
function findIdFaults(
  { deployments = [] }: ModelRow,
  given: readonly Pick<DeploymentInput, 'id'>[],
): FieldError[] {
  const known = new Set(deployments.map(({ id }) => id));
  const seen = new Set<string>();
  return given.flatMap(({ id }, index) => {
    if (id === undefined) return [];
    const field = `deployments[${index}].id`;
    if (!known.has(id)) return [{ field, message: 'No such deployment of this model' }];
    if (seen.has(id)) return [{ field, message: 'Another deployment in the list has this id' }];
    seen.add(id);
    return [];
  });
}

async function findProviderFaults(
  manager: EntityManager,
  owner: string,
  deployments: readonly DeploymentInput[],
): Promise<FieldError[]> {
  const ids = [...new Set(deployments.map(({ providerId }) => providerId))];
  const owners = owner === PLATFORM ? [PLATFORM] : [PLATFORM, owner];
  const providers = await manager.find(ProviderEntity, { where: { id: In(ids), owner: In(owners) } });
  const known = new Map(providers.map((provider) => [provider.id, provider]));
  return deployments.flatMap(({ providerId, upstreamModel, price }, index) => {
    const provider = known.get(providerId);
    if (provider === undefined)
      return [{ field: `deployments[${index}].providerId`, message: 'No such provider' }];
    const message = findUpstreamModelFault(provider.kind, upstreamModel);
    if (message !== null) return [{ field: `deployments[${index}].upstreamModel`, message }];
    const isPricedByPlatform = owner !== PLATFORM && provider.owner === PLATFORM;
    if (price === undefined || !isPricedByPlatform) return [];
    return [
      { field: `deployments[${index}].price`, message: "Only the platform prices the platform's providers" },
    ];
  });
}
