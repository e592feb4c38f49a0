import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { DataSource } from 'typeorm';
import type { JsonObject } from '../../common/json.js';
import { PriceEntity } from '../../storage/database/entities/price.entity.js';
import { AuditService } from '../audit/audit.service.js';
import { toStoredPrice } from '../fields/stored-price.js';
import { OwnedRowsService, type Write } from '../resource/owned-rows.service.js';
import { PRICE_SORTS, priceInputSchema, type PriceRowInput } from './price.dto.js';
import { renderPrice, renderPriceInput } from './render-price.js';

/** Dated prices. The newest that has begun holds; a tenant's own row holds for that tenant before the platform's. */
@Injectable()
export class PricesService extends OwnedRowsService<PriceEntity, PriceRowInput> {
  readonly resource = 'prices';
  protected readonly entity = PriceEntity;
  protected readonly inputSchema = priceInputSchema;
  override readonly sortFields = PRICE_SORTS;

  constructor(dataSource: DataSource, audit: AuditService, @Inject(CLOCK) clock: Clock) {
    super(dataSource, audit, clock);
  }

  render(row: PriceEntity) {
    return renderPrice(row);
  }

  protected toInput(row: PriceEntity): JsonObject {
    return renderPriceInput(row);
  }

  protected assign(row: PriceEntity, { input }: Write<PriceRowInput>): void {
    const { price, ...others } = input;
    Object.assign(row, others, { price: toStoredPrice(price) });
  }
}
