import type { EntityManager } from 'typeorm';
import type { AppliedPlan } from '../../tenancy/apply-declarative-config.js';
import { summarisePlan } from '../../tenancy/declarative/summarise-plan.js';
import type { Actor } from '../access/actor.js';
import type { AuditedChange, AuditService } from '../audit/audit.service.js';
import { listRowChanges } from './list-row-changes.js';

export interface AppliedImport {
  manager: EntityManager;
  actor: Actor;
  applied: AppliedPlan;
}

/**
 * In the document's own transaction: an entry for the platform that says how much a document has changed, then one for each
 * row, as if it had been changed alone, which its tenant sees too. All have the same request id.
 */
export function recordImport(audit: AuditService, { manager, actor, applied }: AppliedImport): Promise<void> {
  return audit.recordAll(manager, actor, listEntries(applied));
}

function* listEntries(applied: AppliedPlan): Generator<AuditedChange> {
  yield {
    action: 'import',
    resource: 'configuration',
    resourceId: 'configuration',
    tenantId: null,
    before: null,
    after: { counts: summarisePlan(applied.plan).counts },
  };
  yield* listRowChanges(applied);
}
