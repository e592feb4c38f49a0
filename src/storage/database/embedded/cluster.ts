import type { DatabaseUser } from './database-user.js';
import type { PostgresBinaries } from './find-postgres-binaries.js';

export const SUPERUSER = 'tokenpak';
const DATABASE = 'postgres';

/** The embedded database as files, and what is needed to run it. */
export interface Cluster {
  /** Holds the data directory and, where needed, a copy of the binaries. */
  directory: string;
  /** PostgreSQL's data directory. */
  data: string;
  user: DatabaseUser | null;
  binaries: PostgresBinaries;
  /** Where the server's own messages go; belongs to the gateway. */
  logFile: string;
}

export function renderDatabaseUrl(port: number, password: string): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${DATABASE}`;
}
