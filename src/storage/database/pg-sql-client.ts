import type { Pool, PoolClient } from 'pg';
import type { SqlClient } from './sql-client.port.js';

type PgExecutor = Pick<Pool, 'query'> | Pick<PoolClient, 'query'>;

async function runQuery<Row>(executor: PgExecutor, text: string, params: readonly unknown[]): Promise<Row[]> {
  const result = await executor.query(text, [...params]);
  return result.rows as Row[];
}

/** One connection with an open transaction; a nested transaction joins it. */
class TransactionSqlClient implements SqlClient {
  constructor(private readonly client: PoolClient) {}

  query<Row>(text: string, params: readonly unknown[] = []): Promise<Row[]> {
    return runQuery(this.client, text, params);
  }

  transaction<Result>(work: (sql: SqlClient) => Promise<Result>): Promise<Result> {
    return work(this);
  }
}

/**
 * SqlClient over a pg pool. The pool belongs to its creator, who ends it after the last user has stopped. Connections that
 * break while idle are the pool's to replace; without this listener such a break would end the process.
 */
export class PgSqlClient implements SqlClient {
  constructor(private readonly pool: Pool) {
    pool.on('error', () => undefined);
  }

  query<Row>(text: string, params: readonly unknown[] = []): Promise<Row[]> {
    return runQuery(this.pool, text, params);
  }

  async transaction<Result>(work: (sql: SqlClient) => Promise<Result>): Promise<Result> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    // A connection that is checked out and breaks between two statements emits `error`, which would end the process. The
    // next statement fails anyway.
    const onError = (error: Error): void => {
      broken = error;
    };
    client.on('error', onError);
    try {
      await client.query('BEGIN');
      const result = await work(new TransactionSqlClient(client));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // A connection that cannot even roll back is thrown away instead of going back to the pool mid-transaction.
      await client.query('ROLLBACK').catch((cause: unknown) => {
        broken = cause as Error;
      });
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }
}
