import { renderUsd } from '../../common/money.js';
import type { BudgetEntity } from '../../storage/database/entities/budget.entity.js';
import { fingerprint } from '../audit/fingerprint.js';
import { redactUrl } from '../fields/redact-url.js';
import { renderOwnedRow } from '../fields/render-row.js';

/** For those who may write it; the webhook's address may be a secret. */
export function renderBudget(row: BudgetEntity) {
  const { id, scope, period, timeZone, mode, alertPercents, webhookUrl, unpriced, enabled } = row;
  const settings = { period, timeZone, mode, alertPercents, webhookUrl, unpriced, enabled };
  return { id, scope, ...renderAmount(row), ...settings, ...renderOwnedRow(row) };
}

/** For those who may only read: of the webhook's address no more than where it leads. */
export function renderBudgetForReader(row: BudgetEntity) {
  const { webhookUrl } = row;
  return { ...renderBudget(row), webhookUrl: webhookUrl === null ? null : redactUrl(webhookUrl) };
}

/** For the audit log, which many read for long; whether the address changed shows by its fingerprint. */
export function renderBudgetForAudit(row: BudgetEntity) {
  const { webhookUrl } = row;
  const view = renderBudgetForReader(row);
  return webhookUrl === null ? view : { ...view, webhookFingerprint: fingerprint(webhookUrl) };
}

export function renderAmount({ amountNanoUsd, amountTokens }: BudgetEntity): {
  amountUsd?: string;
  tokens?: number;
} {
  if (amountNanoUsd !== null) return { amountUsd: renderUsd(amountNanoUsd) };
  return amountTokens === null ? {} : { tokens: amountTokens };
}
