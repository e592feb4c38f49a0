import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Cluster } from './cluster.js';
import {
  type ClusterRecord,
  generatePassword,
  locateClusterRecord,
  readClusterRecord,
  writeClusterRecord,
} from './cluster-record.js';
import { canEnter } from './database-user.js';
import {
  findPostgresBinaries,
  locatePostgresBinaries,
  type PostgresBinaries,
} from './find-postgres-binaries.js';
import { findReachableBinaries } from './find-reachable-binaries.js';
import { assertSameMajor, initialiseCluster } from './initialise-cluster.js';
import { type ClusterPlace, findClusterPlace, placeCluster } from './place-cluster.js';

const DATA = 'data';

export interface OpenedCluster {
  cluster: Cluster;
  password: string;
}

/**
 * The embedded database of this DATA_DIR, made where there is none; no server is started. The record is written before the
 * database, so that one whose making was interrupted is finished with the same password.
 * @param onNotice is told where the database lies when that is not DATA_DIR.
 * @throws when the database, its password or its folder was lost, or another PostgreSQL made it.
 */
export async function openCluster(dataDir: string, onNotice: (text: string) => void): Promise<OpenedCluster> {
  const stored = readClusterRecord(dataDir);
  const place = findPlace(dataDir, stored);
  const { directory, user } = place;
  if (relative(dataDir, directory).startsWith('..')) {
    onNotice(`The embedded database lies in ${directory}, because its user cannot enter ${dataDir}.`);
  }
  const record = stored ?? { directory, password: generatePassword(), isInitialised: false };
  if (!record.isInitialised) writeClusterRecord(dataDir, { ...record, directory });
  const cluster: Cluster = {
    directory,
    data: join(directory, DATA),
    user,
    binaries: findBinaries(place),
    logFile: join(dataDir, 'postgres.log'),
  };
  if (!existsSync(cluster.data)) await initialiseCluster(cluster, record.password);
  assertSameMajor(cluster);
  if (!record.isInitialised) writeClusterRecord(dataDir, { ...record, directory, isInitialised: true });
  return { cluster, password: record.password };
}

function findPlace(dataDir: string, stored: ClusterRecord | null): ClusterPlace {
  if (stored === null) {
    const place = placeCluster(dataDir);
    assertNothingLost(dataDir, place.directory);
    return place;
  }
  if (existsSync(join(stored.directory, DATA))) return findClusterPlace(stored.directory);
  if (!stored.isInitialised) return placeCluster(dataDir);
  throw new Error(
    `The embedded database in ${stored.directory} is gone. Restore that folder; to give it up and begin with an empty ` +
      `one, remove ${locateClusterRecord(dataDir)}.`,
  );
}

function findBinaries({ directory, user }: ClusterPlace): PostgresBinaries {
  const { root, version } = findPostgresBinaries();
  const canExecute = (path: string): boolean => canEnter(user, path);
  return locatePostgresBinaries(findReachableBinaries({ root, version, directory, canExecute }), version);
}

function assertNothingLost(dataDir: string, directory: string): void {
  if (!existsSync(join(directory, DATA))) return;
  throw new Error(
    `${directory} holds a database, but ${locateClusterRecord(dataDir)}, which held its password, is gone. Restore that ` +
      `file; to give the database up and begin with an empty one, remove ${directory}.`,
  );
}
