import type { DeclaredRoutingRule } from '../../config/declarative/declarative-config.js';
import type { RoutingRuleEntity } from '../../storage/database/entities/routing-rule.entity.js';
import { convertScope } from './convert-scope.js';
import type { CurrentRows } from './current-rows.js';
import type { OwnedSection } from './declared-owners.js';
import { listNamed, planOwnedRows } from './plan-owned-rows.js';
import type { PlanContext, RowsPlan } from './plan-rows.js';

export function planRoutingRules(
  sections: readonly OwnedSection[],
  current: CurrentRows,
  context: PlanContext,
): Promise<RowsPlan<RoutingRuleEntity>> {
  return planOwnedRows<RoutingRuleEntity, DeclaredRoutingRule>(
    {
      kind: 'routing-rule',
      field: 'routingRules',
      sections,
      list: ({ section }) => listNamed(section.routingRules),
      convert: ({ conditions, ...columns }, { keyIds }) => ({
        ...columns,
        conditions: convertScope(conditions, keyIds),
      }),
      rows: current.routingRules,
      current,
    },
    context,
  );
}
