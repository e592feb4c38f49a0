import type { RoutingRuleEntity } from '../../storage/database/entities/routing-rule.entity.js';
import { renderOwnedRow } from '../fields/render-row.js';

export function renderRoutingRule(row: RoutingRuleEntity) {
  const { id, name, priority, conditions, action, enabled } = row;
  return { id, name, priority, conditions, action, enabled, ...renderOwnedRow(row) };
}
