import type { BudgetEntity } from '../../storage/database/entities/budget.entity.js';
import type { OwnedRow } from '../../storage/database/entities/managed-row.js';
import type { ModelEntity } from '../../storage/database/entities/model.entity.js';
import type { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import { providerKeyPlace } from '../../storage/encryption/provider-key-place.js';
import type { SecretBox } from '../../storage/encryption/secret-box.js';
import type { Scope } from '../config-snapshot.js';
import type { CurrentRows } from './current-rows.js';
import { buildIdentity } from './declared-owners.js';
import { type KeyNames, nameScope, nameScopedKeys } from './name-rows.js';
import {
  compact,
  type RenderedItem,
  renderBudgetItem,
  renderDeploymentItem,
  renderPolicyItem,
  renderPriceItem,
  renderProviderItem,
  renderRateLimitItem,
  renderRoutingRuleItem,
} from './render-rows.js';
import { locateApiKey, locateWebhookUrl, sealForExport } from './seal-for-export.js';

/** Every row by whom or what it belongs to, so that rendering is linear in their number. */
export type GroupedRows = ReturnType<typeof groupRows>;

export function groupRows(rows: CurrentRows) {
  return {
    keyNames: nameScopedKeys(rows.keys),
    keys: Map.groupBy(
      rows.keys.filter(({ status }) => status === 'active'),
      ({ tenantId }) => tenantId,
    ),
    providers: byOwner(rows.providers),
    providersById: new Map(rows.providers.map((provider) => [provider.id, provider])),
    ownProviders: new Set(rows.providers.map(({ owner, name }) => buildIdentity(owner, name))),
    models: byOwner(rows.models),
    deployments: Map.groupBy(rows.deployments, ({ modelId }) => modelId),
    policies: byOwner(rows.policies),
    rateLimits: byOwner(rows.rateLimits),
    budgets: byOwner(rows.budgets),
    routingRules: byOwner(rows.routingRules),
    prices: byOwner(rows.prices),
  };
}

export interface SectionPlace {
  owner: string;
  /** Begins the label of each row: empty, or `tenants/acme/`. */
  label: string;
}

export interface Sealing {
  secretBox: Pick<SecretBox, 'seal' | 'open'>;
  /** Labels of the providers whose credential does not open. */
  failed: string[];
}

/** What one owner has, as lists of a document. */
export function renderSection(rows: GroupedRows, place: SectionPlace, sealing: Sealing): RenderedItem {
  const { owner } = place;
  const { keyNames } = rows;
  return {
    providers: (rows.providers.get(owner) ?? []).map((row) => renderProvider(row, place, sealing)),
    models: (rows.models.get(owner) ?? []).map((row) => renderModel(row, rows)),
    policies: renderScoped(rows.policies.get(owner), keyNames, renderPolicyItem),
    rateLimits: renderScoped(rows.rateLimits.get(owner), keyNames, renderRateLimitItem),
    budgets: renderScoped(rows.budgets.get(owner), keyNames, (row, scope) =>
      renderBudgetItem(row, scope, sealWebhookUrl(row, place, sealing)),
    ),
    routingRules: (rows.routingRules.get(owner) ?? []).flatMap((row) => {
      const conditions = nameScope(row.conditions, keyNames);
      return conditions === null ? [] : [renderRoutingRuleItem(row, conditions)];
    }),
    prices: (rows.prices.get(owner) ?? []).map(renderPriceItem),
  };
}

function byOwner<Row extends OwnedRow>(rows: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, ({ owner }) => owner);
}

function renderScoped<Row extends { scope: Scope }>(
  rows: readonly Row[] | undefined,
  keyNames: KeyNames,
  render: (row: Row, scope: Omit<Scope, 'keyId'> & { key?: string }) => RenderedItem,
): RenderedItem[] {
  return (rows ?? []).flatMap((row) => {
    const scope = nameScope(row.scope, keyNames);
    return scope === null ? [] : [render(row, scope)];
  });
}

/** An address may be a secret, and an export is kept in places where it would be read. */
function sealWebhookUrl(
  { webhookUrl }: BudgetEntity,
  { label }: SectionPlace,
  { secretBox }: Sealing,
): string | null {
  return webhookUrl === null ? null : sealForExport(webhookUrl, locateWebhookUrl(label), secretBox);
}

function renderModel(
  { id, owner, name, strategy, enabled }: ModelEntity,
  { deployments: byModel, providersById, ownProviders }: GroupedRows,
): RenderedItem {
  const deployments = (byModel.get(id) ?? []).map((row) => {
    const provider = providersById.get(row.providerId);
    const providerName = provider?.name ?? '';
    const isHidden = provider?.owner !== owner && ownProviders.has(buildIdentity(owner, providerName));
    return renderDeploymentItem(row, { provider: providerName, providerOwner: isHidden ? 'platform' : null });
  });
  return compact({ name, strategy, deployments, enabled });
}

function renderProvider(
  row: ProviderEntity,
  { label }: SectionPlace,
  { secretBox, failed }: Sealing,
): RenderedItem {
  const { id, name, apiKeySealed } = row;
  if (apiKeySealed === null) return renderProviderItem(row, null);
  try {
    const text = secretBox.open(apiKeySealed, providerKeyPlace(id));
    return renderProviderItem(row, sealForExport(text, locateApiKey(`${label}providers/${name}`), secretBox));
  } catch {
    // Why is the same for whoever exports: its key is not here. All such providers are told at once.
    failed.push(`${label}providers/${name}`);
    return renderProviderItem(row, null);
  }
}
