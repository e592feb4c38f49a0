import { renderUsd } from '../../common/money.js';
import type { ApiKeyEntity } from '../../storage/database/entities/api-key.entity.js';
import type { BudgetEntity } from '../../storage/database/entities/budget.entity.js';
import type { DeploymentEntity, StoredPrice } from '../../storage/database/entities/deployment.entity.js';
import type { PolicyEntity } from '../../storage/database/entities/policy.entity.js';
import type { PriceEntity } from '../../storage/database/entities/price.entity.js';
import type { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import type { RateLimitEntity } from '../../storage/database/entities/rate-limit.entity.js';
import type { RoutingRuleEntity } from '../../storage/database/entities/routing-rule.entity.js';
import type { DeclaredScope } from '../../config/declarative/declarative-config.js';
import { isDerived } from './name-rows.js';

/** One item of a document; members that would say nothing are left out. */
export type RenderedItem = Record<string, unknown>;

export function renderKeyItem(row: ApiKeyEntity): RenderedItem {
  const { name, hash, prefix, expiresAt, allowedModels, tags, requiredTags, user } = row;
  const key = { sha256: hash, prefix };
  return compact({
    name,
    key,
    expiresAt: expiresAt?.toISOString(),
    allowedModels,
    tags,
    requiredTags,
    user,
  });
}

export function renderProviderItem(row: ProviderEntity, sealed: string | null): RenderedItem {
  const { name, kind, baseUrl, timeouts, breaker, settings, enabled } = row;
  const apiKey = sealed === null ? null : { sealed };
  return compact({ name, kind, baseUrl, apiKey, timeouts, breaker, settings, enabled });
}

export interface NamedProvider {
  provider: string;
  /** Only where the name alone would mean the model's owner's. */
  providerOwner: 'platform' | null;
}

export function renderDeploymentItem(row: DeploymentEntity, named: NamedProvider): RenderedItem {
  const { upstreamModel, weight, priority, defaultMaxOutputTokens, streamUsage, timeouts } = row;
  const price = row.price === null ? null : renderPrice(row.price);
  return compact({
    ...named,
    upstreamModel,
    weight,
    priority,
    defaultMaxOutputTokens,
    price,
    streamUsage,
    timeouts,
  });
}

export function renderPolicyItem(row: PolicyEntity, scope: DeclaredScope): RenderedItem {
  const { name, direction, detectors, actions, mode, enabled } = row;
  return compact({ name, scope, direction, detectors, actions, mode, enabled });
}

export function renderRateLimitItem(row: RateLimitEntity, scope: DeclaredScope): RenderedItem {
  const { metric, limit, windowSeconds, enabled } = row;
  return compact({ name: renderName(row.name), scope, metric, limit, windowSeconds, enabled });
}

export function renderBudgetItem(
  row: BudgetEntity,
  scope: DeclaredScope,
  sealedWebhookUrl: string | null,
): RenderedItem {
  const { period, timeZone, mode, alertPercents, unpriced, enabled } = row;
  const webhookUrl = sealedWebhookUrl === null ? null : { sealed: sealedWebhookUrl };
  const amountUsd = row.amountNanoUsd === null ? null : renderUsd(row.amountNanoUsd);
  const amount = { amountUsd, tokens: row.amountTokens };
  const settings = { period, timeZone, mode, alertPercents, webhookUrl, unpriced, enabled };
  return compact({ name: renderName(row.name), scope, ...amount, ...settings });
}

export function renderRoutingRuleItem(row: RoutingRuleEntity, conditions: object): RenderedItem {
  const { name, priority, action, enabled } = row;
  return compact({ name, priority, conditions, action, enabled });
}

export function renderPriceItem({
  providerKind,
  upstreamModel,
  effectiveFrom,
  price,
  source,
}: PriceEntity): RenderedItem {
  return { providerKind, upstreamModel, effectiveFrom, price: renderPrice(price), source };
}

/** A name made of the content comes about again when the item is read. */
function renderName(name: string | null): string | null {
  return isDerived(name) ? null : name;
}

function renderPrice(price: StoredPrice): RenderedItem {
  return compact({
    inputUsdPerMTok: renderNano(price.input),
    outputUsdPerMTok: renderNano(price.output),
    cacheReadUsdPerMTok: renderNano(price.cacheRead),
    cacheWriteUsdPerMTok: renderNano(price.cacheWrite),
    cacheWrite1hUsdPerMTok: renderNano(price.cacheWrite1h),
    reasoningUsdPerMTok: renderNano(price.reasoning),
  });
}

function renderNano(amount: string | null): string | null {
  return amount === null ? null : renderUsd(BigInt(amount));
}

export function compact(members: RenderedItem): RenderedItem {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
