import type { PriceEntity } from '../../storage/database/entities/price.entity.js';
import { Get, Req } from '@nestjs/common';
import { Reads } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { IdempotencyService } from '../http/idempotency.service.js';
import { CollectionController } from '../resource/collection.controller.js';
import { locateShared } from '../resource/locate-collection.js';
import { priceFilterSchema, type PriceRowInput } from './price.dto.js';
import { PricesService } from './prices.service.js';
import { UnpricedModelsService } from './unpriced-models.service.js';

@AdminPlane('prices', 'tenant')
export class PricesController extends CollectionController<PriceEntity, PriceRowInput> {
  protected readonly filterSchema = priceFilterSchema;

  constructor(
    prices: PricesService,
    idempotency: IdempotencyService,
    private readonly unpricedModels: UnpricedModelsService,
  ) {
    super(prices, idempotency);
  }

  /** Deployments whose requests have no known cost. */
  @Get('unpriced')
  @Reads()
  listUnpriced(@Req() request: AdminRequest) {
    return { data: this.unpricedModels.list(request.actor) };
  }

  protected locate(request: AdminRequest) {
    return locateShared(request, 'prices');
  }
}
