import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The built gateway's own code: the benchmark measures what runs in production. */
export async function loadGatewayModules(root: string) {
  const load = (file: string): Promise<unknown> => import(pathToFileURL(join(root, 'dist/src', file)).href);
  await import('reflect-metadata');
  return {
    dataSource: (await load(
      'storage/database/data-source.js',
    )) as typeof import('../../src/storage/database/data-source.ts'),
    sqlClient: (await load(
      'storage/database/pg-sql-client.js',
    )) as typeof import('../../src/storage/database/pg-sql-client.ts'),
    partitions: (await load(
      'support/monitor/partition-maintenance.service.js',
    )) as typeof import('../../src/support/monitor/partition-maintenance.service.ts'),
    rollups: (await load(
      'support/monitor/usage-rollups.js',
    )) as typeof import('../../src/support/monitor/usage-rollups.ts'),
    renderLedger: (await load(
      'admin/usage/render-ledger.js',
    )) as typeof import('../../src/admin/usage/render-ledger.ts'),
    repository: (await load(
      'support/monitor/usage.repository.js',
    )) as typeof import('../../src/support/monitor/usage.repository.ts'),
  };
}

export type GatewayModules = Awaited<ReturnType<typeof loadGatewayModules>>;
