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

  list({ tenantId }: Pick<Actor, 'tenantId'>): UnpricedDeployment[] {
    const { models, providers, prices } = this.configStore.current();
    return models
      .filter(({ owner }) => tenantId === null || owner === PLATFORM || owner === tenantId)
      .flatMap(({ owner, name, deployments }) => {
        const index = new PriceIndex(
          prices.filter((price) => price.owner === PLATFORM || price.owner === owner),
        );
        return deployments.flatMap((deployment) => {
          const provider = providers.get(deployment.providerId);
          if (
            provider === undefined ||
            index.findPrice(deployment, provider.kind, this.clock.nowMs()) !== null
          )
            return [];
          const { id: deploymentId, upstreamModel } = deployment;
          return [{ owner, model: name, deploymentId, upstreamModel, provider: provider.name }];
        });
      });
  }
}
