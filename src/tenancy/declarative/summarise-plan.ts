import type { DeclarativePlan } from './plan-declarative-config.js';
import type { PlannedChange } from './plan-rows.js';

export type PlannedAction = PlannedChange<unknown>['action'];

/** A plan as people read it. Holds names only: no values, no secrets. */
export interface PlanSummary {
  counts: Record<PlannedAction, number>;
  changes: {
    action: PlannedAction;
    kind: PlannedChange<unknown>['kind'];
    /** As in the document: `tenants/acme/keys/ci`. */
    name: string;
    /** What gets another value; empty for rows that are new, stay or go. */
    fields: string[];
  }[];
}

export function summarisePlan(plan: DeclarativePlan): PlanSummary {
  const counts = { create: 0, update: 0, disable: 0, delete: 0, unchanged: 0 };
  const changes = listChanges(plan).map(({ action, kind, label, fields }) => {
    counts[action] += 1;
    return { action, kind, name: label, fields: action === 'update' ? fields : [] };
  });
  return { counts, changes };
}

export function hasChanges(plan: DeclarativePlan): boolean {
  return listChanges(plan).some(({ action }) => action !== 'unchanged');
}

function listChanges({
  releasedKeyIds: _released,
  problems: _problems,
  ...tables
}: DeclarativePlan): PlannedChange<unknown>[] {
  return Object.values(tables).flat();
}
