import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { DataSource, type EntityManager } from 'typeorm';
import type { JsonObject } from '../../common/json.js';
import { parseSimulatedModel } from '../../pipeline/provider-router/providers/simulated/parse-simulated-model.js';
import { DeploymentEntity } from '../../storage/database/entities/deployment.entity.js';
import { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import { providerKeyPlace } from '../../storage/encryption/provider-key-place.js';
import { SecretBox } from '../../storage/encryption/secret-box.js';
import { AuditService } from '../audit/audit.service.js';
import { assertNoFaults } from '../fields/assert-references.js';
import { OwnedRowsService, type Write } from '../resource/owned-rows.service.js';
import { type ProviderInput, providerInputSchema } from './provider.dto.js';
import { renderProvider, renderProviderForAudit } from './render-provider.js';

/** Providers and their credentials, which are sealed before they are stored and never shown again. */
@Injectable()
export class ProvidersService extends OwnedRowsService<ProviderEntity, ProviderInput> {
  readonly resource = 'providers';
  protected readonly entity = ProviderEntity;
  protected readonly inputSchema = providerInputSchema;

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

  protected assign(row: ProviderEntity, { input, sent }: Write<ProviderInput>): void {
    const { apiKey, ...others } = input;
    if (input.kind === 'simulated') {
      const model = parseSimulatedModel('sim', input.settings);
      assertNoFaults(model.ok ? [] : [{ field: 'settings', message: model.message }]);
    }
    Object.assign(row, others);
    // Merge-patch takes a null member away, so what was sent tells "clear it" from "leave it".
    if (typeof apiKey === 'string') row.apiKeySealed = this.secretBox.seal(apiKey, providerKeyPlace(row.id));
    else if (sent['apiKey'] === null) row.apiKeySealed = null;
    row.apiKeySealed ??= null;
  }

  protected override async listDependants(manager: EntityManager, row: ProviderEntity): Promise<string[]> {
    const deployments = await manager.find(DeploymentEntity, {
      where: { providerId: row.id },
      relations: { model: true },
      take: 21,
    });
    return deployments.map(
      ({ upstreamModel, model }) => `deployment ${upstreamModel} of model ${model?.name ?? ''}`,
    );
  }
}
