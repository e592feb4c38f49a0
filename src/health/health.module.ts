import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';
import { ReadinessIndicator } from './readiness.indicator.js';
import { TenancyModule } from '../tenancy/tenancy.module.js';
import { monitor } from '../wiring/monitor.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), TenancyModule, monitor],
  controllers: [HealthController],
  providers: [ReadinessIndicator],
})
export class HealthModule {}
