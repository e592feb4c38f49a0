import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { type TenantTarget, TenantsService } from '../tenants/tenants.service.js';
import { parseInput } from '../http/parse-input.js';
import { patchInput } from '../resource/patch-input.js';
import { type CachePolicy, cachePolicySchema } from './cache-policy.dto.js';
import { renderCachePolicy } from './render-cache-policy.js';
import type { TenantEntity } from '../../storage/database/entities/tenant.entity.js';

/** A tenant's one cache policy. It is a part of the tenant's row, whose revision is its ETag. */
@Injectable()
export class CachePolicyService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tenants: TenantsService,
    private readonly audit: AuditService,
  ) {}

  /** @throws GatewayError('not_found') */
  async get(actor: Actor, tenantId: string) {
    const row = await this.tenants.get(actor, tenantId);
    return { view: renderCachePolicy(row), revision: row.revision };
  }

  /** @throws GatewayError: not_found, managed_by_file, precondition_failed, invalid_request, conflict when archived. */
  update(actor: Actor, target: TenantTarget, patch: unknown) {
    return this.store(actor, target, (row) => patchInput(cachePolicySchema, renderCachePolicy(row), patch));
  }

  /** @throws GatewayError: not_found, managed_by_file, precondition_failed, invalid_request, conflict when archived. */
  replace(actor: Actor, target: TenantTarget, body: unknown) {
    const policy = parseInput(cachePolicySchema, body);
    return this.store(actor, target, () => policy);
  }

  private store(actor: Actor, target: TenantTarget, decide: (row: TenantEntity) => CachePolicy) {
    return this.dataSource.transaction(async (manager) => {
      const row = await this.tenants.getForChange(manager, actor, target);
      const before = renderCachePolicy(row);
      const { mode, ttlSeconds } = decide(row);
      Object.assign(row, { cacheMode: mode, cacheTtlSeconds: ttlSeconds });
      await manager.save(row);
      const change = {
        action: 'update',
        resource: 'cache-policy',
        resourceId: row.id,
        tenantId: row.id,
      } as const;
      await this.audit.record(manager, actor, { ...change, before, after: renderCachePolicy(row) });
      return { view: renderCachePolicy(row), revision: row.revision };
    });
  }
}
