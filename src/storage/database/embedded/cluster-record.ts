import { randomBytes } from 'node:crypto';
import { join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { readPrivateFile, writePrivateFile } from '../../../common/private-file.js';

const FILE = 'postgres.json';
const PASSWORD_BYTES = 24;

/** What the gateway must know to find its database again; `DATA_DIR/postgres.json`. */
export interface ClusterRecord {
  /** Absolute path of the folder that holds the database; outside DATA_DIR when its user cannot enter that. */
  directory: string;
  password: string;
  /** Once true, a missing database is a loss and never a reason to make an empty one. */
  isInitialised: boolean;
}

const recordSchema = z.strictObject({
  /** Relative to DATA_DIR when it lies in it, so that DATA_DIR can be moved. */
  directory: z.string().min(1),
  password: z.string().min(PASSWORD_BYTES),
  isInitialised: z.boolean(),
});

export const locateClusterRecord = (dataDir: string): string => join(dataDir, FILE);

/** Random; safe in a URL, in a file of one line and in quotes. */
export const generatePassword = (): string => randomBytes(PASSWORD_BYTES).toString('base64url');

/** Null before the first start. @throws when the file is damaged. */
export function readClusterRecord(dataDir: string): ClusterRecord | null {
  const path = locateClusterRecord(dataDir);
  const text = readPrivateFile(path);
  if (text === null) return null;
  const record = parseRecord(text);
  if (record !== null) return { ...record, directory: resolve(dataDir, record.directory) };
  throw new Error(
    `${path} is damaged. It holds the password of the embedded database: restore it from a backup. To give up the ` +
      'database and begin with an empty one, remove DATA_DIR.',
  );
}

export function writeClusterRecord(dataDir: string, record: ClusterRecord): void {
  const inside = relative(dataDir, record.directory);
  const directory = inside.startsWith('..') ? record.directory : inside;
  writePrivateFile(locateClusterRecord(dataDir), `${JSON.stringify({ ...record, directory }, null, 2)}\n`);
}

function parseRecord(text: string): ClusterRecord | null {
  try {
    return recordSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
