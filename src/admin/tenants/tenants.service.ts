import { Injectable } from '@nestjs/common';
import { And, DataSource, type EntityManager, Equal, type FindOptionsWhere } from 'typeorm';
import { createId } from '../../common/ids.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { TenantEntity } from '../../storage/database/entities/tenant.entity.js';
import { isUniqueViolation } from '../../storage/database/is-unique-violation.js';
import type { Actor } from '../access/actor.js';
import { AuditService, type AuditedChange } from '../audit/audit.service.js';
import { assertRevision } from '../http/etag.js';
import { listRows, type PageQuery } from '../resource/list-rows.js';
import { patchInput } from '../resource/patch-input.js';
import { assertNotArchived } from './lock-unless-archived.js';
import {
  renderTenant,
  type TenantFilter,
  type TenantInput,
  tenantInputSchema,
  type TenantView,
  toTenantInput,
} from './tenant.dto.js';

export interface TenantTarget {
  id: string;
  /** The revision that the client has seen; null overrides. */
  revision: number | null;
}

/** Tenants: created, renamed, suspended, archived. Their history stays. An actor of one tenant finds that one alone. */
@Injectable()
export class TenantsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
  ) {}

  /** @throws GatewayError('conflict') when the name is taken. */
  async create(manager: EntityManager, actor: Actor, input: TenantInput): Promise<TenantEntity> {
    const row = manager.getRepository(TenantEntity).create({ ...input, id: createId(), managedBy: 'api' });
    await this.save(manager, row);
    await this.record(manager, actor, { action: 'create', before: null, after: row });
    return row;
  }

  async list(actor: Actor, filter: TenantFilter, page: PageQuery) {
    const where: FindOptionsWhere<TenantEntity> = {};
    if (filter.status !== undefined) where.status = filter.status;
    if (filter.name !== undefined) where.name = filter.name;
    if (actor.tenantId !== null) where.id = actor.tenantId;
    const { rows, nextCursor } = await listRows(this.dataSource.getRepository(TenantEntity), where, page);
    return { data: rows.map(renderTenant), nextCursor };
  }

  /** @throws GatewayError('not_found') */
  async get(
    actor: Actor,
    id: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<TenantEntity> {
    const row = await manager.findOneBy(TenantEntity, visibleTo(actor, id));
    if (row === null) throw new GatewayError('not_found');
    return row;
  }

  /** @throws GatewayError: not_found, managed_by_file, precondition_failed, invalid_request, conflict. */
  async update(actor: Actor, target: TenantTarget, patch: unknown): Promise<TenantEntity> {
    return this.dataSource.transaction(async (manager) => {
      const row = await this.getForChange(manager, actor, target);
      const before = renderTenant(row);
      Object.assign(row, patchInput(tenantInputSchema, toTenantInput(row), patch));
      await this.save(manager, row);
      await this.record(manager, actor, { action: 'update', before, after: row });
      return row;
    });
  }

  /** Its keys stop working; its ledger, traces and rows stay. */
  async archive(actor: Actor, target: TenantTarget): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const row = await getLocked(manager, actor, target);
      if (row.status === 'archived') return;
      const before = renderTenant(row);
      row.status = 'archived';
      await this.save(manager, row);
      await this.record(manager, actor, { action: 'archive', before, after: row });
    });
  }

  /** The row, locked. @throws GatewayError: not_found, managed_by_file, precondition_failed, conflict when archived. */
  async getForChange(manager: EntityManager, actor: Actor, target: TenantTarget): Promise<TenantEntity> {
    const row = await getLocked(manager, actor, target);
    assertNotArchived(row);
    return row;
  }

  private async save(manager: EntityManager, row: TenantEntity): Promise<void> {
    try {
      await manager.save(row);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const publicMessage = 'A tenant of this name exists.';
      throw new GatewayError('conflict', { param: 'name', publicMessage, cause: error });
    }
  }

  private record(
    manager: EntityManager,
    actor: Actor,
    {
      action,
      before,
      after,
    }: { action: AuditedChange['action']; before: TenantView | null; after: TenantEntity },
  ): Promise<void> {
    const change = { action, resource: 'tenants', resourceId: after.id, tenantId: after.id };
    return this.audit.record(manager, actor, { ...change, before, after: renderTenant(after) });
  }
}

async function getLocked(
  manager: EntityManager,
  actor: Actor,
  { id, revision }: TenantTarget,
): Promise<TenantEntity> {
  const where = visibleTo(actor, id);
  const row = await manager.findOne(TenantEntity, { where, lock: { mode: 'pessimistic_write' } });
  if (row === null) throw new GatewayError('not_found');
  if (row.managedBy === 'file') throw new GatewayError('managed_by_file');
  assertRevision(revision, row.revision);
  return row;
}

/** The same statement for a tenant that is missing and for one that is not the actor's. */
function visibleTo(actor: Actor, id: string): FindOptionsWhere<TenantEntity> {
  return { id: actor.tenantId === null ? id : And(Equal(id), Equal(actor.tenantId)) };
}
