import type { RateLimitEntity } from '../../storage/database/entities/rate-limit.entity.js';
import { renderOwnedRow } from '../fields/render-row.js';

export function renderRateLimit(row: RateLimitEntity) {
  const { id, scope, metric, limit, windowSeconds, enabled } = row;
  return { id, scope, metric, limit, windowSeconds, enabled, ...renderOwnedRow(row) };
}
