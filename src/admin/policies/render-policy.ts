import type { PolicyEntity } from '../../storage/database/entities/policy.entity.js';
import { renderOwnedRow } from '../fields/render-row.js';

export function renderPolicy(row: PolicyEntity) {
  const { id, name, revision: version, scope, direction, detectors, actions, mode, enabled } = row;
  return { id, name, version, scope, direction, detectors, actions, mode, enabled, ...renderOwnedRow(row) };
}
