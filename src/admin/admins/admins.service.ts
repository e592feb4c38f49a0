import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { createId } from '../../common/ids.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { AdministratorEntity } from '../../storage/database/entities/administrator.entity.js';
import { TenantEntity } from '../../storage/database/entities/tenant.entity.js';
import { generateKey, showKeyPrefix } from '../../tenancy/key-format.js';
import type { Actor } from '../access/actor.js';
import { type AuditedChange, AuditService } from '../audit/audit.service.js';
import { assertNoFaults } from '../fields/assert-references.js';
import { parseDate } from '../fields/parse-date.js';
import { assertRevision } from '../http/etag.js';
import { listRows, type PageQuery } from '../resource/list-rows.js';
import { patchInput } from '../resource/patch-input.js';
import { lockUnlessArchived } from '../tenants/lock-unless-archived.js';
import {
  type AdminFilter,
  type AdminView,
  changeableAdminSchema,
  type CreateAdmin,
  renderAdmin,
  toChangeableAdmin,
} from './admin.dto.js';

export interface CreatedAdmin {
  row: AdministratorEntity;
  /** The token's text; it exists only here. */
  secret: string;
}

export interface AdminTarget {
  id: string;
  revision: number | null;
}

/** Administrators with tokens of their own. */
@Injectable()
export class AdminsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
  ) {}

  /** @throws GatewayError: invalid_request, conflict when the tenant is archived. */
  async create(manager: EntityManager, actor: Actor, input: CreateAdmin): Promise<CreatedAdmin> {
    const { tenantId } = input;
    const isKnown = tenantId === null || (await manager.existsBy(TenantEntity, { id: tenantId }));
    assertNoFaults(isKnown ? [] : [{ field: 'tenantId', message: 'No such tenant' }]);
    if (tenantId !== null) await lockUnlessArchived(manager, tenantId);
    const secret = generateKey('tpa_');
    const row = manager.getRepository(AdministratorEntity).create({
      ...input,
      expiresAt: parseDate(input.expiresAt),
      id: createId(),
      prefix: showKeyPrefix(secret),
      tokenHash: hash('sha256', secret, 'hex'),
      status: 'active',
      managedBy: 'api',
    });
    await manager.save(row);
    await this.record(manager, actor, { action: 'create', before: null, after: row });
    return { row, secret };
  }

  async list(filter: AdminFilter, page: PageQuery) {
    const asked: [string, unknown][] = Object.entries(filter);
    const where: FindOptionsWhere<AdministratorEntity> = Object.fromEntries(
      asked.filter(([, value]) => value !== undefined),
    );
    const { rows, nextCursor } = await listRows(
      this.dataSource.getRepository(AdministratorEntity),
      where,
      page,
    );
    return { data: rows.map(renderAdmin), nextCursor };
  }

  /** @throws GatewayError('not_found') */
  async get(id: string): Promise<AdministratorEntity> {
    const row = await this.dataSource.getRepository(AdministratorEntity).findOneBy({ id });
    if (row === null) throw new GatewayError('not_found');
    return row;
  }

  /** @throws GatewayError: not_found, precondition_failed, invalid_request, conflict when revoked or of an archived tenant. */
  async update(actor: Actor, target: AdminTarget, patch: unknown): Promise<AdministratorEntity> {
    return this.dataSource.transaction(async (manager) => {
      const row = await this.getForChange(manager, target);
      if (row.tenantId !== null) await lockUnlessArchived(manager, row.tenantId);
      if (row.status !== 'active')
        throw new GatewayError('conflict', { publicMessage: 'The token is revoked.' });
      const before = renderAdmin(row);
      const { name, expiresAt } = patchInput(changeableAdminSchema, toChangeableAdmin(row), patch);
      Object.assign(row, { name, expiresAt: parseDate(expiresAt) });
      await manager.save(row);
      await this.record(manager, actor, { action: 'update', before, after: row });
      return row;
    });
  }

  /** The token stops working with the next request; an archived tenant's too. */
  async revoke(actor: Actor, target: AdminTarget): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const row = await this.getForChange(manager, target);
      if (row.status === 'revoked') return;
      const before = renderAdmin(row);
      row.status = 'revoked';
      await manager.save(row);
      await this.record(manager, actor, { action: 'revoke', before, after: row });
    });
  }

  private async getForChange(
    manager: EntityManager,
    { id, revision }: AdminTarget,
  ): Promise<AdministratorEntity> {
    const row = await manager.findOne(AdministratorEntity, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
    if (row === null) throw new GatewayError('not_found');
    assertRevision(revision, row.revision);
    return row;
  }

  private record(
    manager: EntityManager,
    actor: Actor,
    {
      action,
      before,
      after,
    }: { action: AuditedChange['action']; before: AdminView | null; after: AdministratorEntity },
  ): Promise<void> {
    const change = { action, resource: 'admins', resourceId: after.id, tenantId: after.tenantId };
    return this.audit.record(manager, actor, { ...change, before, after: renderAdmin(after) });
  }
}
