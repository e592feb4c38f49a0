import { Module } from '@nestjs/common';
import { TenancyModule } from '../../tenancy/tenancy.module.js';
import { EffectivePlanModule } from '../effective-plan/effective-plan.module.js';
import { FormatAdapterModule } from '../format-adapter/format-adapter.module.js';
import { RequestRouterService } from './request-router.service.js';

@Module({
  imports: [TenancyModule, FormatAdapterModule, EffectivePlanModule],
  providers: [RequestRouterService],
  exports: [RequestRouterService],
})
export class RequestRouterModule {}
