import { HttpCode, Post, Req } from '@nestjs/common';
import type { RoutingRuleEntity } from '../../storage/database/entities/routing-rule.entity.js';
import { Reads } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { IdempotencyService } from '../http/idempotency.service.js';
import { parseInput } from '../http/parse-input.js';
import { CollectionController } from '../resource/collection.controller.js';
import { locateShared } from '../resource/locate-collection.js';
import { ExplainService } from './explain.service.js';
import { explainSchema, routingRuleFilterSchema, type RoutingRuleInput } from './routing-rule.dto.js';
import { RoutingRulesService } from './routing-rules.service.js';

@AdminPlane('routing-rules', 'tenant')
export class RoutingRulesController extends CollectionController<RoutingRuleEntity, RoutingRuleInput> {
  protected readonly filterSchema = routingRuleFilterSchema;

  constructor(
    rules: RoutingRulesService,
    idempotency: IdempotencyService,
    private readonly explainer: ExplainService,
  ) {
    super(rules, idempotency);
  }

  /** Where a request would go, and by which rule. Asks; changes nothing. */
  @Post('explain')
  @Reads()
  @HttpCode(200)
  explain(@Req() request: AdminRequest) {
    return this.explainer.explain(request.actor, parseInput(explainSchema, request.json));
  }

  protected locate(request: AdminRequest) {
    return locateShared(request, 'routing-rules');
  }
}
