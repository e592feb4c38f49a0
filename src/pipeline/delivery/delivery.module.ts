import { Module } from '@nestjs/common';
import { FormatAdapterModule } from '../format-adapter/format-adapter.module.js';
import { SettlementModule } from '../settlement/settlement.module.js';
import { ValidationGateModule } from '../validation-gate/validation-gate.module.js';
import { AnswerDeliveryService } from './answer-delivery.service.js';
import { ResponsePolicyService } from './response-policy.service.js';

@Module({
  imports: [FormatAdapterModule, ValidationGateModule, SettlementModule],
  providers: [AnswerDeliveryService, ResponsePolicyService],
  exports: [AnswerDeliveryService],
})
export class DeliveryModule {}
