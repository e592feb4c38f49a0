import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { DataSource } from 'typeorm';
import type { KeyId } from '../../common/ids.js';
import type { JsonObject } from '../../common/json.js';
import { RateLimitEntity } from '../../storage/database/entities/rate-limit.entity.js';
import { AuditService } from '../audit/audit.service.js';
import { assertNoFaults, findScopeFaults } from '../fields/assert-references.js';
import { NAMELESS_SORTS } from '../resource/sort-fields.js';
import { OwnedRowsService, type Write } from '../resource/owned-rows.service.js';
import { type RateLimitInput, rateLimitInputSchema } from './rate-limit.dto.js';
import { renderRateLimit } from './render-rate-limit.js';

/** Limits of the platform, which hold for each tenant by itself, or of one tenant. All that match must be kept. */
@Injectable()
export class RateLimitsService extends OwnedRowsService<RateLimitEntity, RateLimitInput> {
  readonly resource = 'rate-limits';
  protected readonly entity = RateLimitEntity;
  protected readonly inputSchema = rateLimitInputSchema;
  override readonly sortFields = NAMELESS_SORTS;

  constructor(dataSource: DataSource, audit: AuditService, @Inject(CLOCK) clock: Clock) {
    super(dataSource, audit, clock);
  }

  render(row: RateLimitEntity) {
    return renderRateLimit(row);
  }

  protected toInput({ scope, metric, limit, windowSeconds, enabled }: RateLimitEntity): JsonObject {
    return { scope: { ...scope }, metric, limit, windowSeconds, enabled };
  }

  protected async assign(
    row: RateLimitEntity,
    { manager, owner, input }: Write<RateLimitInput>,
  ): Promise<void> {
    const { scope, ...others } = input;
    assertNoFaults(await findScopeFaults(manager, owner, scope.keyId, 'scope.keyId'));
    Object.assign(row, others, { scope: { ...scope, keyId: scope.keyId as KeyId | undefined } });
    row.name ??= null;
  }
}
