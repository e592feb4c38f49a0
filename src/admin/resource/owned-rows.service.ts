import type { DataSource, EntityManager, EntityTarget, FindOptionsWhere } from 'typeorm';
import type { z } from 'zod';
import { createId } from '../../common/ids.js';
import type { Clock } from '../../common/clock.port.js';
import type { JsonObject } from '../../common/json.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { ADVISORY_LOCKS } from '../../storage/database/advisory-locks.js';
import type { OwnedRow } from '../../storage/database/entities/managed-row.js';
import { TenantEntity } from '../../storage/database/entities/tenant.entity.js';
import { isUniqueViolation } from '../../storage/database/is-unique-violation.js';
import type { Actor } from '../access/actor.js';
import type { AuditedChange, AuditService } from '../audit/audit.service.js';
import { assertRevision } from '../http/etag.js';
import { createInputError, findFaults, parseInput } from '../http/parse-input.js';
import { lockUnlessArchived } from '../tenants/lock-unless-archived.js';
import type { CollectionPlace } from './collection-place.js';
import { listRows, type PageQuery } from './list-rows.js';
import { patchInput } from './patch-input.js';
import { NAMED_SORTS, type SortField } from './sort-fields.js';
import { findTenantOfOwner, OWNER_FAULT, PLATFORM, type RowScope, whereOwner } from './row-scope.js';

export interface ResourceView {
  id: string;
  [member: string]: unknown;
}

/** Who reads, and whose rows. */
export interface Reader {
  actor: Actor;
  scope: RowScope;
}

/** What a write came with. */
export interface Write<Input> {
  manager: EntityManager;
  owner: string;
  input: Input;
  /** Members as the client sent them; tells an absent write-only member from one that was cleared. */
  sent: JsonObject;
}

/**
 * Create, read, update and delete for rows with an owner. Every statement carries the owners that the caller may touch, so
 * another tenant's row is not found by the same statement that does not find a missing one. Each change, its audit entry and
 * its version in the change feed are one transaction.
 */
export abstract class OwnedRowsService<Row extends OwnedRow, Input> {
  /** Plural, as in the path and in the audit log. */
  abstract readonly resource: string;
  protected abstract readonly entity: EntityTarget<Row>;
  /** Strict: unknown members are refused. */
  protected abstract readonly inputSchema: z.ZodObject & z.ZodType<Input>;

  readonly sortFields: readonly SortField[] = NAMED_SORTS;

  /**
   * Whether these rows name others or are named by them. They are written one after the other, and not beside an import:
   * what one writer has found to be there must not go before it is done.
   */
  protected readonly areReferences: boolean = false;

  constructor(
    protected readonly dataSource: DataSource,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** The row as the API shows it to those who may write it; credentials are never part of it. */
  abstract render(row: Row): ResourceView;
  /** The members that a client may write, without those that are write-only. */
  protected abstract toInput(row: Row): JsonObject;
  /** Puts checked input into the row, and checks what the row refers to. @throws GatewayError('invalid_request') */
  protected abstract assign(row: Row, write: Write<Input>): Promise<void> | void;

  /** The row as this actor may see it. */
  renderFor(_actor: Actor, row: Row): ResourceView {
    return this.render(row);
  }

  /** The row as the audit log keeps it, without anything that is a secret. */
  protected renderForAudit(row: Row): ResourceView {
    return this.render(row);
  }

  /** Rows below the row, read after it; such as a model's deployments. */
  protected attach(_manager: EntityManager, _rows: readonly Row[]): Promise<void> {
    return Promise.resolve();
  }

  /** Rows below the row, written after it. */
  protected saveAttached(_row: Row, _write: Write<Input>): Promise<void> {
    return Promise.resolve();
  }

  /** What refers to the row by its id, and would be orphaned by a deletion; in words. */
  protected listDependants(_manager: EntityManager, _row: Row): Promise<string[]> {
    return Promise.resolve([]);
  }

  /** What refers to the row by its name, and would be orphaned by a deletion or another name; in words. */
  protected listNameDependants(_manager: EntityManager, _row: Row): Promise<string[]> {
    return Promise.resolve([]);
  }

  async list({ actor, scope }: Reader, filter: FindOptionsWhere<Row>, page: PageQuery) {
    const where = { ...filter, ...whereOwner<Row>(scope) };
    const found = await listRows(this.dataSource.getRepository(this.entity), where, page);
    await this.attach(this.dataSource.manager, found.rows);
    return { data: found.rows.map((row) => this.renderFor(actor, row)), nextCursor: found.nextCursor };
  }

  /** @throws GatewayError('not_found') */
  async get(scope: RowScope, id: string): Promise<Row> {
    const row = await this.dataSource.getRepository(this.entity).findOneBy({ ...whereOwner<Row>(scope), id });
    if (row === null) throw new GatewayError('not_found');
    await this.attach(this.dataSource.manager, [row]);
    return row;
  }

  /** @throws GatewayError: invalid_request, conflict when the tenant is archived or the object exists. */
  async create(
    manager: EntityManager,
    actor: Actor,
    { owner: asked, body }: Pick<CollectionPlace, 'owner' | 'body'>,
  ): Promise<Row> {
    const owner = await findOwner(manager, asked);
    if (owner === null) throw createInputError([OWNER_FAULT, ...findFaults(this.inputSchema, body)]);
    const write: Write<Input> = {
      manager,
      owner,
      input: parseInput(this.inputSchema, body),
      sent: body as JsonObject,
    };
    await this.lockReferences(manager);
    if (owner !== PLATFORM) await lockUnlessArchived(manager, owner);
    const row = manager.getRepository(this.entity).create();
    row.id = createId();
    row.owner = owner;
    row.managedBy = 'api';
    await this.store(row, write);
    await this.record(manager, actor, {
      action: 'create',
      row,
      before: null,
      after: this.renderForAudit(row),
    });
    return row;
  }

  /** @throws GatewayError: not_found, managed_by_file, precondition_failed, invalid_request, conflict naming what uses its old name. */
  async update(
    actor: Actor,
    scope: RowScope,
    target: { id: string; revision: number | null },
    patch: unknown,
  ): Promise<Row> {
    return this.dataSource.transaction(async (manager) => {
      const row = await this.getForChange(manager, scope, target);
      const before = this.renderForAudit(row);
      const input = patchInput(this.inputSchema, this.toInput(row), patch);
      if (nameOf(input) !== nameOf(row)) assertUnused(await this.listNameDependants(manager, row));
      await this.store(row, { manager, owner: row.owner, input, sent: (patch ?? {}) as JsonObject });
      await this.record(manager, actor, { action: 'update', row, before, after: this.renderForAudit(row) });
      return row;
    });
  }

  /** @throws GatewayError: not_found, managed_by_file, precondition_failed, conflict naming what depends on it. */
  async delete(
    actor: Actor,
    scope: RowScope,
    target: { id: string; revision: number | null },
  ): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      // What others may name must be able to go also when its tenant is archived, or it would hold back the platform's.
      const row = await this.getForChange(manager, scope, target, this.areReferences);
      assertUnused([
        ...(await this.listDependants(manager, row)),
        ...(await this.listNameDependants(manager, row)),
      ]);
      const { id, owner } = row;
      const before = this.renderForAudit(row);
      await manager.remove(row);
      await this.record(manager, actor, { action: 'delete', row: { id, owner }, before, after: null });
    });
  }

  private async getForChange(
    manager: EntityManager,
    scope: RowScope,
    { id, revision }: { id: string; revision: number | null },
    isOfArchivedToo = false,
  ): Promise<Row> {
    await this.lockReferences(manager);
    const where = { ...whereOwner<Row>(scope), id } as FindOptionsWhere<Row>;
    // Whose it is never changes, so it can be read before the tenant is locked, which comes first.
    const owner = (await manager.findOneBy(this.entity, where))?.owner ?? PLATFORM;
    if (owner !== PLATFORM && !isOfArchivedToo) await lockUnlessArchived(manager, owner);
    const row = await manager.findOne(this.entity, { where, lock: { mode: 'pessimistic_write' } });
    if (row === null) throw new GatewayError('not_found');
    if (row.managedBy === 'file') throw new GatewayError('managed_by_file');
    assertRevision(revision, row.revision);
    await this.attach(manager, [row]);
    return row;
  }

  /** Before any row, as an import takes it. */
  private async lockReferences(manager: EntityManager): Promise<void> {
    if (!this.areReferences) return;
    await manager.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.declarativeConfig]);
  }

  private async store(row: Row, write: Write<Input>): Promise<void> {
    await this.assign(row, write);
    // An unchanged row must still get a new revision when only rows below it changed.
    row.updatedAt = new Date(this.clock.nowMs());
    try {
      await write.manager.save(row);
      await this.saveAttached(row, write);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw new GatewayError('conflict', { publicMessage: 'Such an object exists already.', cause: error });
    }
  }

  /** After the change: every writer locks the change feed before the head of the audit log. */
  private record(
    manager: EntityManager,
    actor: Actor,
    {
      row,
      ...change
    }: Pick<AuditedChange, 'action' | 'before' | 'after'> & { row: Pick<Row, 'id' | 'owner'> },
  ): Promise<void> {
    return this.audit.record(manager, actor, {
      ...change,
      resource: this.resource,
      resourceId: row.id,
      tenantId: findTenantOfOwner(row.owner),
    });
  }
}

/** Null for nobody, also for a tenant that does not exist. */
async function findOwner(manager: EntityManager, asked: string | null): Promise<string | null> {
  if (asked === null || asked === PLATFORM) return asked;
  return (await manager.existsBy(TenantEntity, { id: asked })) ? asked : null;
}

const MAX_NAMED = 20;

/** @throws GatewayError('conflict') */
function assertUnused(dependants: readonly string[]): void {
  if (dependants.length === 0) return;
  throw new GatewayError('conflict', {
    publicMessage: `It is still used by: ${dependants.slice(0, MAX_NAMED).join(', ')}.`,
    details: { dependants: dependants.length },
  });
}

function nameOf(named: object): unknown {
  return 'name' in named ? named.name : undefined;
}
