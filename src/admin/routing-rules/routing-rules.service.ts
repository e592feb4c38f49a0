import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { DataSource, type EntityManager, In } from 'typeorm';
import type { JsonObject } from '../../common/json.js';
import type { FieldError } from '../../errors/gateway-error.js';
import { DeploymentEntity } from '../../storage/database/entities/deployment.entity.js';
import { ModelEntity } from '../../storage/database/entities/model.entity.js';
import { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import { RoutingRuleEntity } from '../../storage/database/entities/routing-rule.entity.js';
import type { KeyId } from '../../common/ids.js';
import { findUnservedRules } from '../../tenancy/find-unserved-rules.js';
import { AuditService } from '../audit/audit.service.js';
import { assertNoFaults, findScopeFaults } from '../fields/assert-references.js';
import { OwnedRowsService, type Write } from '../resource/owned-rows.service.js';
import { PLATFORM } from '../resource/row-scope.js';
import { ROUTING_RULE_SORTS, type RoutingRuleInput, routingRuleInputSchema } from './routing-rule.dto.js';
import { renderRoutingRule } from './render-routing-rule.js';

/** Rules that send requests to another model, or to some of the model's providers. */
@Injectable()
export class RoutingRulesService extends OwnedRowsService<RoutingRuleEntity, RoutingRuleInput> {
  readonly resource = 'routing-rules';
  protected readonly entity = RoutingRuleEntity;
  protected readonly inputSchema = routingRuleInputSchema;
  protected override readonly areReferences = true;
  override readonly sortFields = ROUTING_RULE_SORTS;

  constructor(dataSource: DataSource, audit: AuditService, @Inject(CLOCK) clock: Clock) {
    super(dataSource, audit, clock);
  }

  render(row: RoutingRuleEntity) {
    return renderRoutingRule(row);
  }

  protected toInput({ name, priority, conditions, action, enabled }: RoutingRuleEntity): JsonObject {
    return { name, priority, conditions: { ...conditions }, action: { ...action }, enabled };
  }

  protected async assign(
    row: RoutingRuleEntity,
    { manager, owner, input }: Write<RoutingRuleInput>,
  ): Promise<void> {
    assertNoFaults([
      ...(await findScopeFaults(manager, owner, input.conditions.keyId, 'conditions.keyId')),
      ...(await findActionFaults(manager, owner, input.action)),
    ]);
    // A rule that models have left since can still be renamed or switched off.
    if (input.enabled && !sendsAsBefore(row, input)) {
      assertNoFaults(await findCoverageFaults(manager, owner, input));
    }
    const { conditions, ...others } = input;
    Object.assign(row, others, {
      conditions: { ...conditions, keyId: conditions.keyId as KeyId | undefined },
    });
  }
}

/** What an action names must be there, and visible to the rule's owner. */
async function findActionFaults(
  manager: EntityManager,
  owner: string,
  action: RoutingRuleInput['action'],
): Promise<FieldError[]> {
  const owners = In(owner === PLATFORM ? [PLATFORM] : [PLATFORM, owner]);
  if (action.type === 'use-model') {
    const isKnown = await manager.existsBy(ModelEntity, { name: action.model, owner: owners });
    return isKnown ? [] : [{ field: 'action.model', message: 'No such model' }];
  }
  const found = await manager.find(ProviderEntity, { where: { name: In(action.providers), owner: owners } });
  const known = new Set(found.map(({ name }) => name));
  return action.providers.flatMap((name, index) =>
    known.has(name) ? [] : [{ field: `action.providers[${index}]`, message: 'No such provider' }],
  );
}

function sendsAsBefore(row: RoutingRuleEntity, { conditions, action }: RoutingRuleInput): boolean {
  return row.enabled && row.conditions.model === conditions.model && isDeepStrictEqual(row.action, action);
}

/** What an action narrows to must be able to serve something. */
async function findCoverageFaults(
  manager: EntityManager,
  owner: string,
  { conditions, action }: RoutingRuleInput,
): Promise<FieldError[]> {
  if (action.type !== 'use-providers' || conditions.model === undefined) return [];
  // The platform's rules meet every tenant's models.
  const models = await manager.findBy(
    ModelEntity,
    owner === PLATFORM ? {} : { owner: In([PLATFORM, owner]) },
  );
  const providers = await manager.findBy(ProviderEntity, {
    owner: In([PLATFORM, owner]),
    name: In(action.providers),
  });
  const providerIds = providers.map(({ id }) => id);
  const deployments = await manager.findBy(DeploymentEntity, { providerId: In(providerIds) });
  const unserved = findUnservedRules([{ owner, conditions, action }], { models, deployments, providers });
  return unserved.map(() => ({
    field: 'action.providers',
    message: 'No model that the rule matches has a deployment on them',
  }));
}
