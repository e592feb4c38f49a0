import type { DataSource } from 'typeorm';
import type { SealedPlace, SecretBox } from './secret-box.js';

/** A column of sealed values. The row's key and the column's name are part of what is authenticated. */
interface SealedColumn {
  table: string;
  key: string;
  /** For the comparison with the last key of a batch. */
  keyType: 'uuid' | 'text';
  column: string;
  /** Which rows are sealed. */
  condition: string;
}

const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'providers', key: 'id', keyType: 'uuid', column: 'api_key_sealed', condition: 'true' },
  { table: 'idempotency_records', key: 'id', keyType: 'text', column: 'secret_sealed', condition: 'true' },
  {
    table: 'instance_settings',
    key: 'name',
    keyType: 'text',
    column: 'value',
    condition: `name = 'encryption_canary'`,
  },
];

const BATCH_SIZE = 200;

export interface RotationResult {
  /** Values sealed anew, by table. */
  resealed: Record<string, number>;
  /** `table/row` of values that no key of ours opens; they stay as they are. */
  unopened: string[];
  /** Values that are still sealed with another key than the first; 0: the others may be removed from ENCRYPTION_KEYS. */
  remaining: number;
}

/**
 * Seals every value again that is not sealed with the first key, while gateways run.
 *
 * Row by row, each in a statement of its own that holds only while the value is still the one that was read: whoever changes
 * it meanwhile wins, and has sealed with its own first key. What a credential is does not change, so neither does the row's
 * revision, which is its ETag; gateways read it again and go on.
 *
 * Every process must already have the new key at the front of ENCRYPTION_KEYS: one that has not could neither open what is
 * sealed anew nor be kept from sealing with the old key. `remaining` shows the latter.
 */
export async function rotateEncryption(
  dataSource: DataSource,
  secretBox: SecretBox,
  batchSize = BATCH_SIZE,
): Promise<RotationResult> {
  const result: RotationResult = { resealed: {}, unopened: [], remaining: 0 };
  for (const sealed of SEALED_COLUMNS) {
    const rotation = new ColumnRotation(dataSource, secretBox, sealed);
    result.resealed[sealed.table] = await rotation.run(batchSize, result.unopened);
    result.remaining += await rotation.count();
  }
  return result;
}

class ColumnRotation {
  private readonly pending: string;
  private readonly current: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly secretBox: SecretBox,
    private readonly sealed: SealedColumn,
  ) {
    const { column, condition } = sealed;
    this.current = `v1:${secretBox.currentKeyId}:%`;
    this.pending = `${condition} AND ${column} IS NOT NULL AND ${column} NOT LIKE $1`;
  }

  async run(batchSize: number, unopened: string[]): Promise<number> {
    let resealed = 0;
    let after: string | null = null;
    for (;;) {
      const rows = await this.readBatch(after, batchSize);
      for (const { key, value } of rows) {
        const place = { table: this.sealed.table, row: key, column: this.sealed.column };
        const renewed = reseal(value, place, this.secretBox);
        if (renewed === null) unopened.push(`${this.sealed.table}/${key}`);
        else if (await this.replace(key, value, renewed)) resealed += 1;
      }
      after = rows.at(-1)?.key ?? null;
      if (after === null) return resealed;
    }
  }

  async count(): Promise<number> {
    const [row] = await this.dataSource.query<{ count: string }[]>(
      `SELECT count(*) AS count FROM ${this.sealed.table} WHERE ${this.pending}`,
      [this.current],
    );
    return Number(row?.count);
  }

  private readBatch(after: string | null, limit: number): Promise<{ key: string; value: string }[]> {
    const { table, key, keyType, column } = this.sealed;
    return this.dataSource.query(
      `SELECT ${key}::text AS key, ${column} AS value FROM ${table}
       WHERE ${this.pending} AND ($2::${keyType} IS NULL OR ${key} > $2::${keyType}) ORDER BY ${key} LIMIT $3`,
      [this.current, after, limit],
    );
  }

  /** False: somebody was faster. */
  private async replace(row: string, from: string, to: string): Promise<boolean> {
    const { table, key, keyType, column } = this.sealed;
    const [, count] = await this.dataSource.query<[unknown, number]>(
      `UPDATE ${table} SET ${column} = $1 WHERE ${key} = $2::${keyType} AND ${column} = $3`,
      [to, row, from],
    );
    return count === 1;
  }
}

function reseal(value: string, place: SealedPlace, secretBox: SecretBox): string | null {
  try {
    return secretBox.seal(secretBox.open(value, place), place);
  } catch {
    // Told with its place; whoever rotates has to find its key.
    return null;
  }
}
