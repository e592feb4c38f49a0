import { Client } from 'pg';

const SINGLE_PROCESS_LOCK = 7_215_011_002;

/**
 * Without Redis every limit lives in one process, so only one may run. The lock is a session's: it ends with the
 * connection, also when the process is killed.
 */
export class ProcessLock {
  private client: Client | null = null;

  constructor(
    private readonly databaseUrl: string,
    /** The connection was lost and another process took the lock. */
    private readonly onLost: () => void,
  ) {}

  /** @throws when another process holds the lock. */
  async acquire(): Promise<void> {
    if (await this.tryAcquire()) return;
    throw new Error(
      'Another gateway process uses this database. Set REDIS_URL, which several processes need to share their limits.',
    );
  }

  async release(): Promise<void> {
    const { client } = this;
    this.client = null;
    client?.removeAllListeners('end');
    await client?.end();
  }

  private async tryAcquire(): Promise<boolean> {
    const client = new Client({ connectionString: this.databaseUrl, application_name: 'tokenpak-lock', keepAlive: true });
    client.on('error', () => undefined);
    await client.connect();
    const answer = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
      SINGLE_PROCESS_LOCK,
    ]);
    if (answer.rows[0]?.locked !== true) {
      await client.end();
      return false;
    }
    this.client = client;
    client.once('end', () => this.reacquire(client));
    return true;
  }

  /** While PostgreSQL is away nobody else can take the lock either, so trying again later is safe. */
  private reacquire(lost: Client): void {
    if (this.client !== lost) return;
    this.client = null;
    const attempt = (): void => {
      this.tryAcquire().then(
        (isHeld) => {
          if (!isHeld) this.onLost();
        },
        () => setTimeout(attempt, 1_000).unref(),
      );
    };
    setTimeout(attempt, 1_000).unref();
  }
}
