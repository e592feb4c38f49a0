import { Client, DatabaseError } from 'pg';

const TIMEOUT_MS = 5_000;
const INVALID_PASSWORD = '28P01';

/** Whether the server answers a query, and if not, whether the password is why. */
export async function probeServer(databaseUrl: string): Promise<'ok' | 'wrong-password' | 'silent'> {
  const client = new Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  // A connection that breaks between two commands; the next command tells.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    await client.end();
    return 'ok';
  } catch (error) {
    void client.end().catch(() => undefined);
    return error instanceof DatabaseError && error.code === INVALID_PASSWORD ? 'wrong-password' : 'silent';
  }
}
