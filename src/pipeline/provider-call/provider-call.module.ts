import { Module } from '@nestjs/common';
import { providerRouter } from '../../wiring/provider-router.js';
import { FormatAdapterModule } from '../format-adapter/format-adapter.module.js';
import { ProviderCallService } from './provider-call.service.js';

@Module({
  imports: [providerRouter, FormatAdapterModule],
  providers: [ProviderCallService],
  exports: [ProviderCallService],
})
export class ProviderCallModule {}
