import { Inject, Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { KeyId, TenantId } from '../common/ids.js';
import { ApiKeyEntity } from '../storage/database/entities/api-key.entity.js';
import { LOOKUP_DATA_SOURCE } from '../storage/database/lookup-data-source.port.js';
import type { ApiKeyConfig } from './config-snapshot.js';

export interface StoredKey {
  /** SHA-256 of the key's text, hex. */
  hash: string;
  key: ApiKeyConfig;
}

/** Keys as the data plane needs them. */
@Injectable()
export class ApiKeyRepository {
  constructor(@Inject(LOOKUP_DATA_SOURCE) private readonly dataSource: DataSource) {}

  async findByHash(hash: string): Promise<StoredKey | null> {
    const row = await this.dataSource.getRepository(ApiKeyEntity).findOneBy({ hash });
    return row === null ? null : convertKey(row);
  }

  async listByIds(ids: readonly string[]): Promise<StoredKey[]> {
    const rows = await this.dataSource.getRepository(ApiKeyEntity).findBy({ id: In([...ids]) });
    return rows.map(convertKey);
  }
}

function convertKey(row: ApiKeyEntity): StoredKey {
  return {
    hash: row.hash,
    key: {
      id: row.id as KeyId,
      firstId: (row.firstId ?? row.id) as KeyId,
      tenantId: row.tenantId as TenantId,
      name: row.name,
      prefix: row.prefix,
      expiresAtMs: row.expiresAt?.getTime() ?? null,
      allowedModels: row.allowedModels,
      tags: row.tags,
      requiredTags: row.requiredTags,
      user: row.user,
      status: row.status,
    },
  };
}
