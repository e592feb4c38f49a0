import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import { type TenantTarget, TenantsService } from '../tenants/tenants.service.js';
import type { CachePolicyPatch } from './cache-policy.dto.js';
import { renderCachePolicy } from './render-cache-policy.js';

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

  /** @throws GatewayError: not_found, managed_by_file, precondition_failed. */
  async update(actor: Actor, target: TenantTarget, patch: CachePolicyPatch) {
    return this.dataSource.transaction(async (manager) => {
      const row = await this.tenants.getForChange(manager, actor, target);
      const before = renderCachePolicy(row);
      row.cacheMode = patch.mode ?? row.cacheMode;
      row.cacheTtlSeconds = patch.ttlSeconds ?? row.cacheTtlSeconds;
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
