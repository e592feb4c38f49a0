import type { PlanSummary } from '../tenancy/declarative/summarise-plan.js';

/** One line for each row that changes, and one with the counts. */
export function renderPlan({ counts, changes }: PlanSummary): string[] {
  const lines = changes
    .filter(({ action }) => action !== 'unchanged')
    .map(({ action, kind, name, fields }) => {
      const members = fields.length === 0 ? '' : ` (${fields.join(', ')})`;
      return `${action} ${kind} ${name}${members}`;
    });
  const total = Object.entries(counts).map(([action, count]) => `${count} ${action}`);
  return [...lines, total.join(', ')];
}
