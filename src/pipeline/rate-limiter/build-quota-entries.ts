import type { BudgetConfig, LimitMetric, RateLimitConfig, Scope } from '../../tenancy/config-snapshot.js';
import { CompiledBudget, compileLimit, type CompiledLimit, type CompiledQuota } from './compiled-quota.js';
import { matchesKeyAndModel, matchesTagAndUser, type QuotaSubject } from './matches-scope.js';
import type { QuotaEntry } from './quota-store.port.js';

/**
 * The limits and budgets that can apply to a key and a model. All that match must pass, so the tightest wins by itself.
 *
 * The platform's rows apply to every tenant and are counted for each tenant apart, as the tenant's own are: a tenant's
 * counters live on one Redis node under its own hash tag, where one script checks them all, and no tenant can use up what
 * another one needs.
 */
export interface QuotaPlan {
  /** Requests, then concurrency, then tokens, then budgets: the first refusal names the class. */
  readonly quotas: readonly CompiledQuota[];
  /** Some are only for a tag or a user, which each request brings of its own. */
  readonly isConditional: boolean;
}

/** What a request may use at most, or did use. */
export interface QuotaDemand {
  requests: number;
  inputTokens: number;
  outputTokens: number;
  costNanoUsd: bigint;
}

/** What is asked of the quotas for a request. */
export interface ClaimedDemand {
  /** What it may well use. Limits and soft budgets take it: the use corrects them when the request ends. */
  likely: QuotaDemand;
  /** What it cannot exceed. Hard budgets take it: what went beyond a reservation would be spent. */
  atMost: QuotaDemand;
}

export function compileQuotaPlan(
  rateLimits: readonly RateLimitConfig[],
  budgets: readonly BudgetConfig[],
  subject: QuotaSubject,
): QuotaPlan {
  const limits = selectRows(rateLimits, subject).map(compileLimit).sort(compareLimits);
  const quotas = [...limits, ...selectRows(budgets, subject).map((config) => new CompiledBudget(config))];
  return {
    quotas,
    isConditional: quotas.some(({ scope }) => scope.tag !== undefined || scope.user !== undefined),
  };
}

/** Those of the plan's quotas that the request's own tags and user are in. */
export function selectQuotas(
  plan: QuotaPlan,
  request: Pick<QuotaSubject, 'tags' | 'user'>,
): readonly CompiledQuota[] {
  return plan.isConditional
    ? plan.quotas.filter(({ scope }) => matchesTagAndUser(scope, request))
    : plan.quotas;
}

/** Whether the quota is one that a refused request is told about at once: requests or concurrency. */
export function isRateQuota(quota: CompiledQuota): boolean {
  return quota.metric === 'requests' || quota.metric === 'concurrency';
}

export function buildQuotaEntries(
  quotas: readonly CompiledQuota[],
  { likely, atMost }: ClaimedDemand,
  nowMs: number,
): QuotaEntry[] {
  const entries: QuotaEntry[] = [];
  for (const quota of quotas) {
    entries.push(
      quota.kind === 'budget'
        ? buildBudgetEntry(quota, quota.isHard ? atMost : likely, nowMs)
        : buildLimitEntry(quota, likely),
    );
  }
  return entries;
}

/** What the demand amounts to at a quota, in the quota's unit. */
export function findAmount(quota: CompiledQuota, demand: QuotaDemand): bigint {
  if (quota.kind !== 'budget') return BigInt(countMetric(quota.metric, demand));
  return quota.unit === 'usd' ? demand.costNanoUsd : BigInt(demand.inputTokens + demand.outputTokens);
}

function buildLimitEntry(
  { kind, key, limit, windowMs, metric }: CompiledLimit,
  demand: QuotaDemand,
): QuotaEntry {
  if (kind === 'concurrency') return { kind, key, limit };
  return { kind, key, limit, windowMs, amount: countMetric(metric, demand) };
}

function buildBudgetEntry(quota: CompiledBudget, demand: QuotaDemand, nowMs: number): QuotaEntry {
  return {
    kind: 'budget',
    key: quota.getKey(nowMs),
    limit: quota.limit,
    amount: findAmount(quota, demand),
    periodEndsAtMs: quota.getPeriod(nowMs).endMs,
    hard: quota.isHard,
  };
}

function countMetric(metric: LimitMetric, demand: QuotaDemand): number {
  switch (metric) {
    case 'requests':
      return demand.requests;
    case 'tokens':
      return demand.inputTokens + demand.outputTokens;
    case 'input-tokens':
      return demand.inputTokens;
    case 'output-tokens':
      return demand.outputTokens;
    case 'concurrency':
      return 0;
  }
}

const RANK: Record<LimitMetric, number> = {
  requests: 0,
  concurrency: 1,
  tokens: 2,
  'input-tokens': 2,
  'output-tokens': 2,
};

function compareLimits(a: CompiledLimit, b: CompiledLimit): number {
  return RANK[a.metric] - RANK[b.metric];
}

interface OwnedRow {
  owner: string;
  scope: Scope;
}

type RowsByOwner = ReadonlyMap<string, readonly OwnedRow[]>;

/** A snapshot's rows are scanned once, not once for every key and model. */
const rowsByOwner = new WeakMap<readonly OwnedRow[], RowsByOwner>();

function selectRows<Row extends OwnedRow>(rows: readonly Row[], subject: QuotaSubject): Row[] {
  let index = rowsByOwner.get(rows);
  if (index === undefined) {
    index = Map.groupBy(rows, ({ owner }) => owner);
    rowsByOwner.set(rows, index);
  }
  const owned = [...(index.get('platform') ?? []), ...(index.get(subject.tenantId) ?? [])] as Row[];
  const served = { ...subject, model: subject.servedModel };
  return owned.filter(
    ({ owner, scope }) =>
      matchesKeyAndModel(scope, subject) || (owner === 'platform' && matchesKeyAndModel(scope, served)),
  );
}
