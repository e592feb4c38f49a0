import { setTimeout as sleep } from 'node:timers/promises';
import { ADVISORY_LOCKS } from './advisory-locks.js';
import { ImpatientClient } from './impatient-client.js';

/** PostgreSQL needs a moment to notice that the process which held the lock was killed. */
const START_PATIENCE_MS = 2_000;
/** After a broken network PostgreSQL may hold our own former session for as long as its keepalives need. */
const REACQUIRE_PATIENCE_MS = 40_000;
const KEEPALIVES =
  'SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3';
/** Nothing that is asked here takes long. */
const SILENCE_MS = 10_000;
const POLL_MS = 100;
const RECONNECT_DELAY_MS = 1_000;

/**
 * Without Redis every limit lives in one process, so only one may run. The lock is a session's: it ends with the
 * connection, also when the process is killed.
 */
export class ProcessLock {
  private client: ImpatientClient | null = null;
  private isReleased = false;

  constructor(
    private readonly databaseUrl: string,
    /** The connection was lost and another process took the lock. */
    private readonly onLost: () => void,
  ) {}

  /** @throws when another process keeps the lock. */
  async acquire(): Promise<void> {
    if (await this.acquireWithin(START_PATIENCE_MS)) return;
    throw new Error(
      'Another gateway process uses this database. Set REDIS_URL, which several processes need to share their limits.',
    );
  }

  async release(): Promise<void> {
    this.isReleased = true;
    const { client } = this;
    this.client = null;
    await client?.end();
  }

  private async acquireWithin(patienceMs: number): Promise<boolean> {
    const endMs = performance.now() + patienceMs;
    while (!this.isReleased) {
      if (await this.tryAcquire()) return true;
      if (performance.now() > endMs) return false;
      await sleep(POLL_MS);
    }
    return true;
  }

  private async tryAcquire(): Promise<boolean> {
    const client = new ImpatientClient(
      {
        connectionString: this.databaseUrl,
        application_name: 'tokenpak-lock',
        keepAlive: true,
        connectionTimeoutMillis: SILENCE_MS,
      },
      { silenceMs: SILENCE_MS, peers: new Set() },
    );
    client.on('error', () => undefined);
    await client.connect();
    await client.query(KEEPALIVES);
    const answer = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
      ADVISORY_LOCKS.singleProcess,
    ]);
    const isLocked = answer.rows[0]?.locked === true;
    if (!isLocked || this.isReleased) {
      await client.end();
      return isLocked;
    }
    this.client = client;
    client.once('end', () => void this.reacquire(client));
    return true;
  }

  /** While PostgreSQL is away nobody else can take the lock either, so trying again later is safe. */
  private async reacquire(lost: ImpatientClient): Promise<void> {
    if (this.client !== lost) return;
    this.client = null;
    while (!this.isReleased) {
      await sleep(RECONNECT_DELAY_MS, undefined, { ref: false });
      try {
        if (!(await this.acquireWithin(REACQUIRE_PATIENCE_MS))) this.onLost();
        return;
      } catch {
        // PostgreSQL is still away; readiness tells.
      }
    }
  }
}
