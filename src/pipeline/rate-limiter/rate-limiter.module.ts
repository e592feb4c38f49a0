import { Module } from '@nestjs/common';
import { ThrottlerModule, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { GATEWAY_CONFIG, type GatewayConfig } from '../../config/gateway-config.js';
import { TenancyModule } from '../../tenancy/tenancy.module.js';
import { monitor } from '../../wiring/monitor.js';
import { TokenCounterModule } from '../token-counter/token-counter.module.js';
import { BudgetAlertsService } from './budget-alerts.service.js';
import { IpCounts } from './ip-counts.js';
import { IP_WINDOW_MS, IpThrottleService } from './ip-throttle.service.js';
import { IpThrottlerGuard } from './ip-throttler.guard.js';
import { QUOTA_STORE, type QuotaStore } from './quota-store.port.js';
import { RateLimiterService } from './rate-limiter.service.js';
import { RefusalRecorder } from './refusal-recorder.service.js';
import { SharedCounters } from './shared-counters.js';

/** The throttler carries the limit per address; see IpThrottlerGuard. */
const throttler = ThrottlerModule.forRootAsync({
  inject: [GATEWAY_CONFIG, CLOCK],
  useFactory: (config: GatewayConfig, clock: Clock): ThrottlerModuleOptions => ({
    throttlers: [{ limit: config.ipRateLimitPerMinute, ttl: IP_WINDOW_MS }],
    storage: new IpCounts(clock),
    setHeaders: false,
  }),
});

/**
 * Limits and budgets, in process or through Redis. Needs GATEWAY_CONFIG, CLOCK and REDIS_CONNECTION from global modules. Nest
 * makes guards and interceptors in the modules whose controllers name them; what they ask for is exported here.
 */
@Module({
  imports: [throttler, TenancyModule, TokenCounterModule, monitor],
  providers: [
    SharedCounters,
    {
      provide: QUOTA_STORE,
      useFactory: ({ store }: SharedCounters): QuotaStore => store,
      inject: [SharedCounters],
    },
    RateLimiterService,
    BudgetAlertsService,
    IpThrottleService,
    IpThrottlerGuard,
    RefusalRecorder,
  ],
  exports: [RateLimiterService, IpThrottleService, IpThrottlerGuard, RefusalRecorder, throttler, monitor],
})
export class RateLimiterModule {}
