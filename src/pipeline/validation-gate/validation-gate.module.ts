import { Module } from '@nestjs/common';
import { FormatAdapterModule } from '../format-adapter/format-adapter.module.js';
import { ValidationGateService } from './validation-gate.service.js';
import { ValidationGuard } from './validation.guard.js';

/** Policies over requests, in the guard, and over answers, for those who deliver them. */
@Module({
  imports: [FormatAdapterModule],
  providers: [ValidationGateService, ValidationGuard],
  exports: [ValidationGateService, ValidationGuard, FormatAdapterModule],
})
export class ValidationGateModule {}
