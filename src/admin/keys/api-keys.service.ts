import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type FindOptionsWhere, Like } from 'typeorm';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { createId } from '../../common/ids.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { ApiKeyEntity } from '../../storage/database/entities/api-key.entity.js';
import { generateKey, showKeyPrefix } from '../../tenancy/key-format.js';
import type { Actor } from '../access/actor.js';
import { type AuditedChange, AuditService } from '../audit/audit.service.js';
import { parseDate } from '../fields/parse-date.js';
import { assertRevision } from '../http/etag.js';
import { listRows, type PageQuery } from '../resource/list-rows.js';
import { patchInput } from '../resource/patch-input.js';
import { lockUnlessArchived } from '../tenants/lock-unless-archived.js';
import { TenantsService } from '../tenants/tenants.service.js';
import {
  type KeyFilter,
  type KeyInput,
  keyInputSchema,
  type KeyView,
  renderKey,
  renderKeyForAudit,
  toKeyInput,
} from './api-key.dto.js';
import { KeyUsageRepository } from './key-usage.repository.js';

export interface CreatedKey {
  row: ApiKeyEntity;
  /** The key's text; it exists only here. */
  secret: string;
}

/** Which key of which tenant; `revision` null overrides. */
export interface KeyTarget {
  tenantId: string;
  id: string;
  revision: number | null;
}

/** What a successor has of the key that it replaces. */
type InheritedColumn = 'name' | 'expiresAt' | 'allowedModels' | 'tags' | 'requiredTags' | 'user' | 'firstId';

/** Keys of one tenant. Every statement carries the tenant, so another tenant's key is not found. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tenants: TenantsService,
    private readonly audit: AuditService,
    private readonly keyUsage: KeyUsageRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws GatewayError: not_found for the tenant, conflict when it is archived. */
  async create(manager: EntityManager, actor: Actor, tenantId: string, input: KeyInput): Promise<CreatedKey> {
    await this.tenants.get(actor, tenantId, manager);
    await lockUnlessArchived(manager, tenantId);
    const created = await this.insert(manager, tenantId, {
      ...input,
      expiresAt: parseDate(input.expiresAt),
      firstId: null,
    });
    await this.record(manager, actor, { action: 'create', before: null, after: created.row });
    return created;
  }

  /** @throws GatewayError('not_found') for the tenant. */
  async list(actor: Actor, tenantId: string, filter: KeyFilter, page: PageQuery) {
    await this.tenants.get(actor, tenantId);
    const where: FindOptionsWhere<ApiKeyEntity> = { tenantId };
    if (filter.status !== undefined) where.status = filter.status;
    if (filter.user !== undefined) where.user = filter.user;
    if (filter.name !== undefined) where.name = filter.name;
    if (filter.prefix !== undefined) where.prefix = Like(`${filter.prefix.replace(/[\\%_]/g, '\\$&')}%`);
    const { rows, nextCursor } = await listRows(this.dataSource.getRepository(ApiKeyEntity), where, page);
    return { data: await this.renderAll(rows), nextCursor };
  }

  /** @throws GatewayError('not_found') */
  async get(actor: Actor, tenantId: string, id: string): Promise<{ view: KeyView; revision: number }> {
    await this.tenants.get(actor, tenantId);
    const row = await this.dataSource.getRepository(ApiKeyEntity).findOneBy({ tenantId, id });
    if (row === null) throw new GatewayError('not_found');
    return this.describe(row);
  }

  /** The key's id as the scopes of limits, budgets, policies and rules name it. @throws GatewayError('not_found') */
  async findScopeId(tenantId: string, id: string): Promise<string> {
    const row = await this.dataSource.getRepository(ApiKeyEntity).findOneBy({ tenantId, id });
    if (row === null) throw new GatewayError('not_found');
    return row.firstId ?? row.id;
  }

  /** @throws GatewayError: not_found, managed_by_file, precondition_failed, invalid_request, conflict. */
  async update(
    actor: Actor,
    target: KeyTarget,
    patch: unknown,
  ): Promise<{ view: KeyView; revision: number }> {
    const row = await this.dataSource.transaction(async (manager) => {
      const row = await this.getForChange(manager, actor, target);
      assertActive(row);
      const before = renderKeyForAudit(row);
      const { expiresAt, ...others } = patchInput(keyInputSchema, toKeyInput(row), patch);
      Object.assign(row, others, { expiresAt: parseDate(expiresAt) });
      await manager.save(row);
      await this.record(manager, actor, { action: 'update', before, after: row });
      return row;
    });
    return this.describe(row);
  }

  /**
   * A second key with the same rights and the same expiry, under the same limits, budgets, policies and rules; the first works
   * until the overlap ends.
   * @throws GatewayError: not_found, managed_by_file, conflict when it is revoked, expired or was rotated.
   */
  async rotate(
    manager: EntityManager,
    actor: Actor,
    target: KeyTarget,
    overlapSeconds: number,
  ): Promise<CreatedKey> {
    const row = await this.getForChange(manager, actor, target);
    assertRotatable(row, this.clock.nowMs());
    const before = renderKeyForAudit(row);
    const { name, expiresAt, allowedModels, tags, requiredTags, user, firstId } = row;
    const values = { name, expiresAt, allowedModels, tags, requiredTags, user, firstId: firstId ?? row.id };
    const created = await this.insert(manager, target.tenantId, values);
    const overlapEnd = new Date(this.clock.nowMs() + overlapSeconds * 1_000);
    if (row.expiresAt === null || row.expiresAt > overlapEnd) row.expiresAt = overlapEnd;
    row.successorId = created.row.id;
    await manager.save(row);
    await this.record(manager, actor, { action: 'rotate', before, after: row });
    await this.record(manager, actor, { action: 'create', before: null, after: created.row });
    return created;
  }

  /** Takes effect on every process within a second, also for an archived tenant's. Revoking twice changes nothing. */
  async revoke(actor: Actor, target: KeyTarget): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await this.tenants.get(actor, target.tenantId, manager);
      const row = await getLocked(manager, target);
      if (row.status === 'revoked') return;
      const before = renderKeyForAudit(row);
      row.status = 'revoked';
      row.revokedAt = new Date(this.clock.nowMs());
      await manager.save(row);
      await this.record(manager, actor, { action: 'revoke', before, after: row });
    });
  }

  private async describe(row: ApiKeyEntity): Promise<{ view: KeyView; revision: number }> {
    const [view] = await this.renderAll([row]);
    return { view: view as KeyView, revision: row.revision };
  }

  private async renderAll(rows: readonly ApiKeyEntity[]): Promise<KeyView[]> {
    const lastUsed = await this.keyUsage.findLastUsed(rows.map(({ id }) => id));
    return rows.map((row) => renderKey(row, lastUsed.get(row.id) ?? null));
  }

  private async insert(
    manager: EntityManager,
    tenantId: string,
    values: Pick<ApiKeyEntity, InheritedColumn>,
  ): Promise<CreatedKey> {
    const secret = generateKey('tpk_');
    const row = manager.getRepository(ApiKeyEntity).create({
      ...values,
      id: createId(),
      tenantId,
      prefix: showKeyPrefix(secret),
      hash: hash('sha256', secret, 'hex'),
      status: 'active',
      revokedAt: null,
      successorId: null,
      managedBy: 'api',
    });
    return { row: await manager.save(row), secret };
  }

  /** The key, locked, of a tenant that is not archived. */
  private async getForChange(manager: EntityManager, actor: Actor, target: KeyTarget): Promise<ApiKeyEntity> {
    await this.tenants.get(actor, target.tenantId, manager);
    await lockUnlessArchived(manager, target.tenantId);
    return getLocked(manager, target);
  }

  private record(
    manager: EntityManager,
    actor: Actor,
    {
      action,
      before,
      after,
    }: { action: AuditedChange['action']; before: AuditedChange['before']; after: ApiKeyEntity },
  ): Promise<void> {
    const change = { action, resource: 'keys', resourceId: after.id, tenantId: after.tenantId };
    return this.audit.record(manager, actor, { ...change, before, after: renderKeyForAudit(after) });
  }
}

async function getLocked(
  manager: EntityManager,
  { tenantId, id, revision }: KeyTarget,
): Promise<ApiKeyEntity> {
  const row = await manager.findOne(ApiKeyEntity, {
    where: { tenantId, id },
    lock: { mode: 'pessimistic_write' },
  });
  if (row === null) throw new GatewayError('not_found');
  if (row.managedBy === 'file') throw new GatewayError('managed_by_file');
  assertRevision(revision, row.revision);
  return row;
}

function assertActive(row: ApiKeyEntity): void {
  if (row.status !== 'active') throw new GatewayError('conflict', { publicMessage: 'The key is revoked.' });
}

/** The expiry of a rotated key is that of its overlap: another successor would end with it. */
function assertRotatable(row: ApiKeyEntity, nowMs: number): void {
  assertActive(row);
  if (row.successorId !== null)
    throw new GatewayError('conflict', {
      publicMessage: `The key was rotated already; rotate its successor ${row.successorId}.`,
    });
  if (row.expiresAt !== null && row.expiresAt.getTime() <= nowMs)
    throw new GatewayError('conflict', { publicMessage: 'The key has expired; create another one.' });
}
