import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { DataSource } from 'typeorm';
import type { KeyId } from '../../common/ids.js';
import type { JsonObject } from '../../common/json.js';
import { PolicyEntity } from '../../storage/database/entities/policy.entity.js';
import { AuditService } from '../audit/audit.service.js';
import { assertNoFaults, findScopeFaults } from '../fields/assert-references.js';
import { OwnedRowsService, type Write } from '../resource/owned-rows.service.js';
import { type PolicyInput, policyInputSchema } from './policy.dto.js';
import { renderPolicy } from './render-policy.js';

/** Policies of the platform or of one tenant. */
@Injectable()
export class PoliciesService extends OwnedRowsService<PolicyEntity, PolicyInput> {
  readonly resource = 'policies';
  protected readonly entity = PolicyEntity;
  protected readonly inputSchema = policyInputSchema;

  constructor(dataSource: DataSource, audit: AuditService, @Inject(CLOCK) clock: Clock) {
    super(dataSource, audit, clock);
  }

  render(row: PolicyEntity) {
    return renderPolicy(row);
  }

  protected toInput({ name, scope, direction, detectors, actions, mode, enabled }: PolicyEntity): JsonObject {
    const plain = structuredClone({ scope, detectors, actions }) as unknown as JsonObject;
    return { name, direction, mode, enabled, ...plain };
  }

  protected async assign(row: PolicyEntity, { manager, owner, input }: Write<PolicyInput>): Promise<void> {
    const { scope, ...others } = input;
    assertNoFaults(await findScopeFaults(manager, owner, scope.keyId, 'scope.keyId'));
    Object.assign(row, others, { scope: { ...scope, keyId: scope.keyId as KeyId | undefined } });
  }
}
