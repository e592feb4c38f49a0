import { Module } from '@nestjs/common';
import { monitor } from '../../wiring/monitor.js';
import { RateLimiterModule } from '../rate-limiter/rate-limiter.module.js';
import { TokenCounterModule } from '../token-counter/token-counter.module.js';
import { SettlementService } from './settlement.service.js';

@Module({
  imports: [TokenCounterModule, RateLimiterModule, monitor],
  providers: [SettlementService],
  exports: [SettlementService],
})
export class SettlementModule {}
