import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { PriceIndex } from '../../pipeline/token-counter/price-catalogue.js';
import { ConfigStore } from '../../tenancy/config-store.js';
import type { Actor } from '../access/actor.js';
import { PLATFORM } from '../resource/row-scope.js';

export interface UnpricedDeployment {
  owner: string;
  model: string;
  deploymentId: string;
  upstreamModel: string;
  provider: string;
}

/** What the data plane would book at unknown cost, by the configuration that this process decides by. */
@Injectable()
export class UnpricedModelsService {
  constructor(
    @Inject(ConfigStore) private readonly configStore: Pick<ConfigStore, 'current'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** For a tenant's administrator by the tenant's own prices, too, as its requests are priced. */
  list({ tenantId }: Pick<Actor, 'tenantId'>): UnpricedDeployment[] {
    const { models, providers, prices } = this.configStore.current();
    const nowMs = this.clock.nowMs();
    const indexes = new Map<string, PriceIndex>();
    const indexFor = (payer: string): PriceIndex => {
      let index = indexes.get(payer);
      if (index === undefined) {
        index = new PriceIndex(prices.filter(({ owner }) => owner === PLATFORM || owner === payer));
        indexes.set(payer, index);
      }
      return index;
    };
    return models
      .filter(({ owner }) => tenantId === null || owner === PLATFORM || owner === tenantId)
      .flatMap(({ owner, name, deployments }) =>
        deployments.flatMap((deployment) => {
          const provider = providers.get(deployment.providerId);
          if (provider === undefined) return [];
          const price = indexFor(tenantId ?? owner).findPriceOf(owner, { deployment, provider }, nowMs);
          if (price !== null) return [];
          const { id: deploymentId, upstreamModel } = deployment;
          return [{ owner, model: name, deploymentId, upstreamModel, provider: provider.name }];
        }),
      );
  }
}
