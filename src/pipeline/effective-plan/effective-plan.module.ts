import { Module } from '@nestjs/common';
import { TenancyModule } from '../../tenancy/tenancy.module.js';
import { providerRouter } from '../../wiring/provider-router.js';
import { ValidationGateModule } from '../validation-gate/validation-gate.module.js';
import { EffectivePlanService } from './effective-plan.service.js';

@Module({
  imports: [TenancyModule, ValidationGateModule, providerRouter],
  providers: [EffectivePlanService],
  exports: [EffectivePlanService],
})
export class EffectivePlanModule {}
