import { randomBytes } from 'node:crypto';
import type { DataSource, ObjectLiteral } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { parseOrThrow } from '../../config/declarative/declarative.spec-support.js';
import { createDataSource, runMigrations } from '../../storage/database/data-source.js';
import { ALL_ENTITIES } from '../../storage/database/entities/all-entities.js';
import { SecretBox } from '../../storage/encryption/secret-box.js';
import { applyDeclarativeConfig } from '../apply-declarative-config.js';
import type { DeclarativePlan } from './plan-declarative-config.js';
import type { PlannedChange } from './plan-rows.js';

type Json = Record<string, unknown>;

interface ApplyOptions {
  managedBy?: 'file' | 'demo' | 'api';
  isPruning?: boolean;
  env?: Record<string, string>;
  dataSource?: DataSource;
  secretBox?: SecretBox;
}

/** A migrated database of its own, and files applied to it. */
export class DeclarativeDatabase {
  readonly secretBox = new SecretBox([randomBytes(32)]);

  private constructor(
    private readonly database: TestDatabase,
    readonly dataSource: DataSource,
  ) {}

  static async open(): Promise<DeclarativeDatabase> {
    const database = await createTestDatabase();
    const dataSource = await connect(database.url);
    await runMigrations(dataSource);
    return new DeclarativeDatabase(database, dataSource);
  }

  /** As another process would see it. */
  connect(): Promise<DataSource> {
    return connect(this.database.url);
  }

  async apply(
    document: Json,
    {
      managedBy = 'file',
      isPruning = false,
      env = {},
      dataSource = this.dataSource,
      secretBox = this.secretBox,
    }: ApplyOptions = {},
  ): Promise<DeclarativePlan> {
    const config = await parseOrThrow(document, { env, directory: '/nonexistent' });
    return applyDeclarativeConfig(dataSource, secretBox, { config, managedBy, isPruning });
  }

  /** Version of the change feed. */
  async version(): Promise<number> {
    const [state] = await this.dataSource.query<{ version: string }[]>('SELECT version FROM config_state');
    return Number(state?.version);
  }

  /** Every row of every mapped table, revisions and times included. */
  async dump(): Promise<Record<string, ObjectLiteral[]>> {
    const tables = ALL_ENTITIES.map(async (entity) => {
      const repository = this.dataSource.getRepository<ObjectLiteral>(entity);
      const rows = await repository.find();
      const primary = repository.metadata.primaryColumns.map(({ propertyName }) => propertyName);
      const order = (row: ObjectLiteral) => primary.map((name) => String(row[name])).join();
      return [repository.metadata.tableName, rows.sort((a, b) => (order(a) < order(b) ? -1 : 1))] as const;
    });
    return Object.fromEntries(await Promise.all(tables));
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    await this.database.drop();
  }
}

/** `action label` of everything that changes. */
export function listActions({ releasedKeyIds: _, problems: __, ...tables }: DeclarativePlan): string[] {
  const changes = Object.values(tables).flat() as PlannedChange<unknown>[];
  return changes
    .filter(({ action }) => action !== 'unchanged')
    .map(({ action, label }) => `${action} ${label}`);
}

async function connect(databaseUrl: string): Promise<DataSource> {
  const dataSource = createDataSource({ databaseUrl, poolSize: 4 });
  return dataSource.initialize();
}
