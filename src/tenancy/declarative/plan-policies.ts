import type { DeclaredPolicy } from '../../config/declarative/declarative-config.js';
import type { PolicyEntity } from '../../storage/database/entities/policy.entity.js';
import { convertScope } from './convert-scope.js';
import type { CurrentRows } from './current-rows.js';
import type { OwnedSection } from './declared-owners.js';
import { listNamed, planOwnedRows } from './plan-owned-rows.js';
import type { PlanContext, RowsPlan } from './plan-rows.js';

export function planPolicies(
  sections: readonly OwnedSection[],
  current: CurrentRows,
  context: PlanContext,
): Promise<RowsPlan<PolicyEntity>> {
  return planOwnedRows<PolicyEntity, DeclaredPolicy>(
    {
      kind: 'policy',
      field: 'policies',
      sections,
      list: ({ section }) => listNamed(section.policies),
      convert: ({ scope, ...columns }, { keyIds }) => ({ ...columns, scope: convertScope(scope, keyIds) }),
      rows: current.policies,
      current,
    },
    context,
  );
}
