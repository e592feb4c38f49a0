import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { DataSource, type EntityManager } from 'typeorm';
import type { JsonObject } from '../../common/json.js';
import { findSettingsFault, findUpstreamModelFault } from '../../config/fields/find-simulated-fault.js';
import { DeploymentEntity } from '../../storage/database/entities/deployment.entity.js';
import { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import { providerKeyPlace } from '../../storage/encryption/provider-key-place.js';
import { SecretBox } from '../../storage/encryption/secret-box.js';
import { AuditService } from '../audit/audit.service.js';
import { assertNoFaults } from '../fields/assert-references.js';
import { OwnedRowsService, type Write } from '../resource/owned-rows.service.js';
import { listRulesNamingProvider } from '../routing-rules/list-rules-naming.js';
import { type ProviderInput, providerInputSchema } from './provider.dto.js';
import { renderProvider, renderProviderForAudit } from './render-provider.js';

/** Providers and their credentials, which are sealed before they are stored and never shown again. */
@Injectable()
export class ProvidersService extends OwnedRowsService<ProviderEntity, ProviderInput> {
  readonly resource = 'providers';
  protected readonly entity = ProviderEntity;
  protected readonly inputSchema = providerInputSchema;
  protected override readonly areReferences = true;

  constructor(
    dataSource: DataSource,
    audit: AuditService,
    private readonly secretBox: SecretBox,
    @Inject(CLOCK) clock: Clock,
  ) {
    super(dataSource, audit, clock);
  }

  render(row: ProviderEntity) {
    return renderProvider(row);
  }

  protected override renderForAudit(row: ProviderEntity) {
    return renderProviderForAudit(row);
  }

  /** The credential in clear, for the connection test. */
  openApiKey(row: ProviderEntity): string | null {
    return row.apiKeySealed === null ? null : this.secretBox.open(row.apiKeySealed, providerKeyPlace(row.id));
  }

  protected toInput({
    name,
    kind,
    baseUrl,
    timeouts,
    breaker,
    settings,
    enabled,
  }: ProviderEntity): JsonObject {
    return {
      name,
      kind,
      baseUrl,
      enabled,
      timeouts: { ...timeouts },
      breaker: { ...breaker },
      settings: { ...settings },
    };
  }

  protected async assign(row: ProviderEntity, { manager, input, sent }: Write<ProviderInput>): Promise<void> {
    const { apiKey, ...others } = input;
    const message = findSettingsFault(input.kind, input.settings);
    assertNoFaults(message === null ? [] : [{ field: 'settings', message }]);
    if (input.kind !== row.kind) await assertDeploymentsFit(manager, row.id, input.kind);
    Object.assign(row, others);
    // Merge-patch takes a null member away, so what was sent tells "clear it" from "leave it".
    if (typeof apiKey === 'string') row.apiKeySealed = this.secretBox.seal(apiKey, providerKeyPlace(row.id));
    else if (sent['apiKey'] === null) row.apiKeySealed = null;
    row.apiKeySealed ??= null;
  }

  protected override async listDependants(manager: EntityManager, row: ProviderEntity): Promise<string[]> {
    return (await listDeployments(manager, row.id)).map(describeDeployment);
  }

  protected override listNameDependants(manager: EntityManager, row: ProviderEntity): Promise<string[]> {
    return listRulesNamingProvider(manager, row);
  }
}

function listDeployments(manager: EntityManager, providerId: string): Promise<DeploymentEntity[]> {
  return manager.find(DeploymentEntity, { where: { providerId }, relations: { model: true } });
}

function describeDeployment({ upstreamModel, model }: DeploymentEntity): string {
  return `deployment ${upstreamModel} of model ${model?.name ?? ''}`;
}

const MAX_NAMED = 20;

/** @throws GatewayError('invalid_request') for a kind that does not know what models ask of it. */
async function assertDeploymentsFit(manager: EntityManager, id: string, kind: string): Promise<void> {
  const deployments = await listDeployments(manager, id);
  const unknown = deployments.filter(
    ({ upstreamModel }) => findUpstreamModelFault(kind, upstreamModel) !== null,
  );
  const message = `does not fit: ${unknown.slice(0, MAX_NAMED).map(describeDeployment).join(', ')}`;
  assertNoFaults(unknown.length === 0 ? [] : [{ field: 'kind', message }]);
}
