import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type FindOptionsWhere, LessThan } from 'typeorm';
import type { z } from 'zod';
import { createId } from '../../common/ids.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { TenantEntity } from '../../storage/database/entities/tenant.entity.js';
import { isUniqueViolation } from '../../storage/database/is-unique-violation.js';
import { assertRevision } from '../http/etag.js';
import type { createTenantSchema, tenantFilterSchema, updateTenantSchema } from './tenant.dto.js';

/** Tenants: created, renamed, suspended, archived. Their history stays. */
@Injectable()
export class TenantsService {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws GatewayError('conflict') when the name is taken. */
  async create(manager: EntityManager, input: z.output<typeof createTenantSchema>): Promise<TenantEntity> {
    const tenants = manager.getRepository(TenantEntity);
    const row = tenants.create({ id: createId(), name: input.name, managedBy: 'api' });
    return this.save(manager, row);
  }

  /** Newest first; one row more than `limit` when there are more. */
  list(
    filter: z.output<typeof tenantFilterSchema>,
    limit: number,
    afterId: string | null,
  ): Promise<TenantEntity[]> {
    const where: FindOptionsWhere<TenantEntity> = {};
    if (filter.status !== undefined) where.status = filter.status;
    if (afterId !== null) where.id = LessThan(afterId);
    return this.dataSource.getRepository(TenantEntity).find({ where, order: { id: 'DESC' }, take: limit + 1 });
  }

  /** @throws GatewayError('not_found') */
  async get(id: string, manager: EntityManager = this.dataSource.manager): Promise<TenantEntity> {
    const row = await manager.findOneBy(TenantEntity, { id });
    if (row === null) throw new GatewayError('not_found');
    return row;
  }

  /** @throws GatewayError: not_found, managed_by_file, precondition_failed, conflict. */
  async update(
    id: string,
    expectedRevision: number | null,
    change: z.output<typeof updateTenantSchema>,
  ): Promise<TenantEntity> {
    return this.dataSource.transaction(async (manager) => {
      const row = await this.getForChange(manager, id, expectedRevision);
      if (row.status === 'archived') {
        throw new GatewayError('conflict', { publicMessage: 'An archived tenant cannot be changed.' });
      }
      if (change.name !== undefined) row.name = change.name;
      if (change.status !== undefined) row.status = change.status;
      return this.save(manager, row);
    });
  }

  /** Its keys stop working; its ledger, traces and rows stay. */
  async archive(id: string, expectedRevision: number | null): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const row = await this.getForChange(manager, id, expectedRevision);
      row.status = 'archived';
      await this.save(manager, row);
    });
  }

  private async getForChange(manager: EntityManager, id: string, expected: number | null): Promise<TenantEntity> {
    const row = await manager.findOne(TenantEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
    if (row === null) throw new GatewayError('not_found');
    if (row.managedBy === 'file') throw new GatewayError('managed_by_file');
    assertRevision(expected, row.revision);
    return row;
  }

  private async save(manager: EntityManager, row: TenantEntity): Promise<TenantEntity> {
    try {
      return await manager.save(row);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw new GatewayError('conflict', { param: 'name', publicMessage: 'A tenant of this name exists.', cause: error });
    }
  }
}
