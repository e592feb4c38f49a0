import { UnpricedModelsService } from '../../admin/prices/unpriced-models.service.js';
import { SystemClock } from '../../common/clock.port.js';
import { ConfigSnapshotRepository } from '../../tenancy/config-snapshot.repository.js';
import type { OpenDatabase } from '../open-database.js';
import { type Finding, ok, warn } from './finding.js';

export async function checkPrices({ dataSource, secretBox, config }: OpenDatabase): Promise<Finding[]> {
  const clock = new SystemClock();
  const repository = new ConfigSnapshotRepository(dataSource, secretBox, config.upstreamTimeouts);
  const snapshot = await repository.loadSnapshot();
  const unpriced = new UnpricedModelsService({ current: () => snapshot }, clock).list({ tenantId: null });
  if (unpriced.length === 0) return [ok('prices', 'every model has one')];
  return unpriced.map(({ model, provider, upstreamModel }) =>
    warn(
      'prices',
      `model ${model} has none for ${upstreamModel} at ${provider}; its cost is not known`,
      'Give it one: POST /admin/v1/prices, or prices in the configuration file.',
    ),
  );
}
