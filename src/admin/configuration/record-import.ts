import type { EntityManager } from 'typeorm';
import type { DeclarativePlan } from '../../tenancy/declarative/plan-declarative-config.js';
import { summarisePlan } from '../../tenancy/declarative/summarise-plan.js';
import type { Actor } from '../access/actor.js';
import type { AuditService } from '../audit/audit.service.js';

/** An entry for thousands of rows names the first of them; the counts are of all. */
const MAX_NAMED = 1_000;

export interface AppliedImport {
  manager: EntityManager;
  actor: Actor;
  plan: DeclarativePlan;
}

/** One entry for the whole document, in its transaction: what became of which row, by name. */
export async function recordImport(
  audit: AuditService,
  { manager, actor, plan }: AppliedImport,
): Promise<void> {
  const { counts, changes } = summarisePlan(plan);
  const changed = changes.filter(({ action }) => action !== 'unchanged');
  await audit.record(manager, actor, {
    action: 'import',
    resource: 'configuration',
    resourceId: 'configuration',
    tenantId: null,
    before: null,
    after: { counts, changes: changed.slice(0, MAX_NAMED) },
  });
}
