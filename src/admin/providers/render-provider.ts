import type { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import { fingerprint } from '../audit/fingerprint.js';
import { renderOwnedRow } from '../fields/render-row.js';

export function renderProvider(row: ProviderEntity) {
  const { id, name, kind, baseUrl, apiKeySealed, timeouts, breaker, settings, enabled } = row;
  const hasApiKey = apiKeySealed !== null;
  const members = { id, name, kind, baseUrl, hasApiKey, timeouts, breaker, settings, enabled };
  return { ...members, ...renderOwnedRow(row) };
}

/** For the audit log: that the credential was replaced shows by its fingerprint. */
export function renderProviderForAudit(row: ProviderEntity) {
  const { apiKeySealed } = row;
  const view = renderProvider(row);
  // Each sealing gives another text, and one that stays is not sealed anew.
  return apiKeySealed === null ? view : { ...view, apiKeyFingerprint: fingerprint(apiKeySealed) };
}
