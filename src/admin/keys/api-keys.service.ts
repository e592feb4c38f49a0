import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type FindOptionsWhere, LessThan, Like } from 'typeorm';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { createId } from '../../common/ids.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { ApiKeyEntity } from '../../storage/database/entities/api-key.entity.js';
import { generateKey } from '../../tenancy/key-format.js';
import { assertRevision } from '../http/etag.js';
import { TenantsService } from '../tenants/tenants.service.js';
import type { CreateKey, KeyFilter, UpdateKey } from './api-key.dto.js';

/** Shown in lists: `tpk_` and eight characters of the secret part. */
const PREFIX_LENGTH = 12;

export interface CreatedKey {
  row: ApiKeyEntity;
  /** The key's text; it exists only here. */
  secret: string;
}

/** Keys of one tenant. Every statement carries the tenant, so another tenant's key is not found. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tenants: TenantsService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws GatewayError: not_found for the tenant, conflict when it is archived. */
  async create(manager: EntityManager, tenantId: string, input: CreateKey): Promise<CreatedKey> {
    const tenant = await this.tenants.get(tenantId, manager);
    if (tenant.status === 'archived') throw new GatewayError('conflict', { publicMessage: 'The tenant is archived.' });
    return this.insert(manager, tenantId, { ...input, expiresAt: parseDate(input.expiresAt) });
  }

  /** Newest first; one row more than `limit` when there are more. @throws GatewayError('not_found') for the tenant. */
  async list(tenantId: string, filter: KeyFilter, limit: number, afterId: string | null): Promise<ApiKeyEntity[]> {
    await this.tenants.get(tenantId);
    const where: FindOptionsWhere<ApiKeyEntity> = { tenantId };
    if (filter.status !== undefined) where.status = filter.status;
    if (filter.prefix !== undefined) where.prefix = Like(`${filter.prefix.replace(/[\\%_]/g, '\\$&')}%`);
    if (afterId !== null) where.id = LessThan(afterId);
    return this.dataSource.getRepository(ApiKeyEntity).find({ where, order: { id: 'DESC' }, take: limit + 1 });
  }

  /** @throws GatewayError('not_found') */
  async get(tenantId: string, id: string): Promise<ApiKeyEntity> {
    const row = await this.dataSource.getRepository(ApiKeyEntity).findOneBy({ tenantId, id });
    if (row === null) throw new GatewayError('not_found');
    return row;
  }

  /** @throws GatewayError: not_found, managed_by_file, precondition_failed, conflict when revoked. */
  async update(tenantId: string, id: string, expected: number | null, change: UpdateKey): Promise<ApiKeyEntity> {
    return this.dataSource.transaction(async (manager) => {
      const row = await this.getForChange(manager, tenantId, id, expected);
      assertActive(row);
      const { expiresAt, ...others } = change;
      Object.assign(row, others);
      if (expiresAt !== undefined) row.expiresAt = parseDate(expiresAt);
      return manager.save(row);
    });
  }

  /** A second key with the same rights; the first works until the overlap ends. */
  async rotate(manager: EntityManager, tenantId: string, id: string, overlapSeconds: number): Promise<CreatedKey> {
    const row = await this.getForChange(manager, tenantId, id, null);
    assertActive(row);
    const { name, expiresAt, allowedModels, tags, requiredTags, user } = row;
    const created = await this.insert(manager, tenantId, { name, expiresAt, allowedModels, tags, requiredTags, user });
    const overlapEnd = new Date(this.clock.nowMs() + overlapSeconds * 1_000);
    if (row.expiresAt === null || row.expiresAt > overlapEnd) row.expiresAt = overlapEnd;
    await manager.save(row);
    return created;
  }

  /** Takes effect on every process within a second. Revoking twice changes nothing. */
  async revoke(tenantId: string, id: string, expected: number | null): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const row = await this.getForChange(manager, tenantId, id, expected);
      if (row.status === 'revoked') return;
      row.status = 'revoked';
      row.revokedAt = new Date(this.clock.nowMs());
      await manager.save(row);
    });
  }

  private async insert(
    manager: EntityManager,
    tenantId: string,
    values: Pick<ApiKeyEntity, 'name' | 'expiresAt' | 'allowedModels' | 'tags' | 'requiredTags' | 'user'>,
  ): Promise<CreatedKey> {
    const secret = generateKey('tpk_');
    const row = manager.getRepository(ApiKeyEntity).create({
      ...values,
      id: createId(),
      tenantId,
      prefix: secret.slice(0, PREFIX_LENGTH),
      hash: hash('sha256', secret, 'hex'),
      status: 'active',
      revokedAt: null,
      managedBy: 'api',
    });
    return { row: await manager.save(row), secret };
  }

  private async getForChange(
    manager: EntityManager,
    tenantId: string,
    id: string,
    expected: number | null,
  ): Promise<ApiKeyEntity> {
    const row = await manager.findOne(ApiKeyEntity, { where: { tenantId, id }, lock: { mode: 'pessimistic_write' } });
    if (row === null) throw new GatewayError('not_found');
    if (row.managedBy === 'file') throw new GatewayError('managed_by_file');
    assertRevision(expected, row.revision);
    return row;
  }
}

function assertActive(row: ApiKeyEntity): void {
  if (row.status !== 'active') throw new GatewayError('conflict', { publicMessage: 'The key is revoked.' });
}

function parseDate(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
