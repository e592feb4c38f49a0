import { Post, Param, Req, HttpCode } from '@nestjs/common';
import type { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import { Writes } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { IdempotencyService } from '../http/idempotency.service.js';
import { parseId } from '../http/parse-id.js';
import { CollectionController, type CollectionParams } from '../resource/collection.controller.js';
import { locateShared } from '../resource/locate-collection.js';
import { type ProviderInput, providerFilterSchema } from './provider.dto.js';
import { ProviderTestService } from './provider-test.service.js';
import { ProvidersService } from './providers.service.js';

@AdminPlane('providers', 'tenant')
export class ProvidersController extends CollectionController<ProviderEntity, ProviderInput> {
  protected readonly filterSchema = providerFilterSchema;

  constructor(
    private readonly providers: ProvidersService,
    idempotency: IdempotencyService,
    private readonly providerTest: ProviderTestService,
  ) {
    super(providers, idempotency);
  }

  /** Connects with the stored credential and says what works. */
  @Post(':id/test')
  @Writes()
  @HttpCode(200)
  async test(@Req() request: AdminRequest, @Param() params: CollectionParams) {
    const { scope } = this.locate(request);
    return this.providerTest.test(await this.providers.get(scope, parseId(params.id ?? '')));
  }

  protected locate(request: AdminRequest) {
    return locateShared(request, 'providers');
  }
}
