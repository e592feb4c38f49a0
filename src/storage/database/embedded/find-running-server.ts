import { join } from 'node:path';
import { renderDatabaseUrl } from './cluster.js';
import { readClusterRecord } from './cluster-record.js';
import { isPostmasterOf, readPostmasterNote } from './postmaster-process.js';
import { probeServer } from './probe-server.js';

/** URL of the embedded server that a running gateway has for this DATA_DIR; null while none answers. */
export async function findRunningServer(dataDir: string): Promise<string | null> {
  const record = readClusterRecord(dataDir);
  if (record === null) return null;
  const data = join(record.directory, 'data');
  const note = readPostmasterNote(data);
  if (note?.port == null || !note.isReady || !isPostmasterOf(data, note.pid)) return null;
  const databaseUrl = renderDatabaseUrl(note.port, record.password);
  return (await probeServer(databaseUrl)) === 'ok' ? databaseUrl : null;
}
