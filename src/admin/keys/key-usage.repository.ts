import { Inject, Injectable } from '@nestjs/common';
import { SQL_CLIENT, type SqlClient } from '../../storage/database/sql-client.port.js';

/** When keys were last used, as the data plane writes it in batches. */
@Injectable()
export class KeyUsageRepository {
  constructor(@Inject(SQL_CLIENT) private readonly sql: SqlClient) {}

  /** By key id; keys that were never used are missing. */
  async findLastUsed(keyIds: readonly string[]): Promise<Map<string, Date>> {
    if (keyIds.length === 0) return new Map();
    const rows = await this.sql.query<{ keyId: string; lastUsedAt: Date }>(
      'SELECT key_id AS "keyId", last_used_at AS "lastUsedAt" FROM api_key_usage WHERE key_id = ANY($1::uuid[])',
      [keyIds],
    );
    return new Map(rows.map(({ keyId, lastUsedAt }) => [keyId, lastUsedAt]));
  }
}
