import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

const OLDEST_POSTGRES_MAJOR = 14;

const CONNECT_TIMEOUT_MS = 5_000;
const RETRY_DELAY_MS = 500;
const STARTING_UP = '57P03';
/** Nobody listens there yet, its name is not known yet, or it went away while answering. */
const PASSING_CODES = new Set([
  STARTING_UP,
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);
/** What the driver says without a code. */
const PASSING_MESSAGES = /timeout expired|Connection terminated/;

export interface PostgresWait {
  databaseUrl: string;
  /** How long a server that is not there yet is waited for; orchestrators start it and the gateway at the same moment. */
  patienceMs: number;
  /** Told once, when waiting begins. */
  onWait: (text: string) => void;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
}

/**
 * Resolves once PostgreSQL answers.
 * @throws when it refuses us, is older than 14, or does not answer in time; the reason names no password.
 */
export async function waitForPostgres(wait: PostgresWait): Promise<void> {
  const place = describePlace(wait.databaseUrl);
  const endMs = performance.now() + wait.patienceMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      assertSupported(await readVersion(wait.databaseUrl), place);
      return;
    } catch (cause) {
      const error = cause as NodeJS.ErrnoException;
      if (!isPassing(error)) throw error;
      const reason = error.message === '' ? String(error.code) : error.message;
      if (performance.now() > endMs) {
        throw new Error(`PostgreSQL at ${place} cannot be reached: ${reason}`, { cause });
      }
      if (attempt === 1) {
        wait.onWait(
          `PostgreSQL at ${place} does not answer yet (${reason}); trying for ${wait.patienceMs / 1_000} s`,
        );
      }
      await sleep(RETRY_DELAY_MS, undefined, { signal: wait.signal });
    }
  }
}

/** 180004 for 18.4. */
async function readVersion(databaseUrl: string): Promise<number> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
    return Number(rows[0]?.server_version_num);
  } finally {
    await client.end();
  }
}

function assertSupported(version: number, place: string): void {
  const major = Math.floor(version / 10_000);
  if (major >= OLDEST_POSTGRES_MAJOR) return;
  throw new Error(
    `PostgreSQL at ${place} is version ${major}; the gateway needs ${OLDEST_POSTGRES_MAJOR} or later`,
  );
}

function isPassing({ code, message }: NodeJS.ErrnoException): boolean {
  return code === undefined ? PASSING_MESSAGES.test(message) : PASSING_CODES.has(code);
}

function describePlace(databaseUrl: string): string {
  const host = URL.parse(databaseUrl)?.host ?? '';
  return host === '' ? 'its socket' : host;
}
