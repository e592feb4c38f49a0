import { type EntityManager, type EntityTarget, In, JsonContains, Not } from 'typeorm';
import { ModelEntity } from '../../storage/database/entities/model.entity.js';
import { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import { RoutingRuleEntity } from '../../storage/database/entities/routing-rule.entity.js';
import type { RoutingAction } from '../../tenancy/config-snapshot.js';
import { listArchivedOwners } from '../resource/list-archived-owners.js';
import { PLATFORM } from '../resource/row-scope.js';

interface NamedRow {
  id: string;
  owner: string;
  name: string;
}

/** Rules that send requests to this model and would find none of its name any more. */
export function listRulesNamingModel(manager: EntityManager, row: NamedRow): Promise<string[]> {
  return listRulesNaming(manager, ModelEntity, row, { type: 'use-model', model: row.name });
}

/** Rules that send requests to this provider and would find none of its name any more. */
export function listRulesNamingProvider(manager: EntityManager, row: NamedRow): Promise<string[]> {
  return listRulesNaming(manager, ProviderEntity, row, { type: 'use-providers', providers: [row.name] });
}

/**
 * A name in a rule stands for a row of the rule's owner or of the platform. So what is the platform's may be named by
 * everybody, what is a tenant's by that tenant's rules; and where the other one has a row of the name that is switched on,
 * the rule still leads somewhere. Rules that are switched off count: nobody asks again when they are switched on. Those of
 * an archived tenant do not: nobody is sent anywhere by them.
 */
async function listRulesNaming(
  manager: EntityManager,
  entity: EntityTarget<ModelEntity | ProviderEntity>,
  { id, owner, name }: NamedRow,
  action: RoutingAction,
): Promise<string[]> {
  const rules = await manager.find(RoutingRuleEntity, {
    where: { action: JsonContains(action), ...(owner === PLATFORM ? {} : { owner }) },
    order: { id: 'ASC' },
  });
  const archived = await listArchivedOwners(manager, rules);
  const owners = [PLATFORM, ...new Set(rules.map((rule) => rule.owner))];
  const where = { name, enabled: true, owner: In(owners), id: Not(id) };
  const others = new Set((await manager.find(entity, { where })).map((other) => other.owner));
  return rules
    .filter((rule) => !archived.has(rule.owner) && !others.has(PLATFORM) && !others.has(rule.owner))
    .map((rule) => `routing rule ${rule.name}`);
}
