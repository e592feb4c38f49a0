import { Module } from '@nestjs/common';
import { TenancyModule } from '../../tenancy/tenancy.module.js';
import { monitor } from '../../wiring/monitor.js';
import { tracing } from '../../wiring/tracing.js';
import { CacheManagerModule } from '../cache-manager/cache-manager.module.js';
import { GatewayExceptionFilter } from '../data-plane-exception.filter.js';
import { DeliveryModule } from '../delivery/delivery.module.js';
import { FormatAdapterModule } from '../format-adapter/format-adapter.module.js';
import { ProviderCallModule } from '../provider-call/provider-call.module.js';
import { RateLimiterModule } from '../rate-limiter/rate-limiter.module.js';
import { RequestFinisher } from '../request-finisher.js';
import { RequestRouterModule } from '../request-router/request-router.module.js';
import { SettlementModule } from '../settlement/settlement.module.js';
import { TokenCounterModule } from '../token-counter/token-counter.module.js';
import { ValidationGateModule } from '../validation-gate/validation-gate.module.js';
import { AnswerService } from './answer.service.js';
import { ChatController } from './chat.controller.js';
import { CountTokensController } from './count-tokens.controller.js';
import { KeyController } from './key.controller.js';
import { ModelsController } from './models.controller.js';

/** The seven components of the request path, in the order a request passes them, and the routes that use them. */
@Module({
  imports: [
    TenancyModule,
    RequestRouterModule,
    FormatAdapterModule,
    ValidationGateModule,
    TokenCounterModule,
    RateLimiterModule,
    CacheManagerModule,
    ProviderCallModule,
    DeliveryModule,
    SettlementModule,
    monitor,
    tracing,
  ],
  controllers: [ChatController, CountTokensController, ModelsController, KeyController],
  providers: [AnswerService, GatewayExceptionFilter, RequestFinisher],
  exports: [GatewayExceptionFilter, RequestFinisher],
})
export class DataPlaneModule {}
