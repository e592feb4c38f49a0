import { LRUCache } from 'lru-cache';
import type { TenantId } from '../../common/ids.js';
import type {
  BudgetConfig,
  ConfigSnapshot,
  PolicyConfig,
  PriceEntry,
  RateLimitConfig,
  RoutingRuleConfig,
} from '../../tenancy/config-snapshot.js';
import { PriceIndex } from '../token-counter/price-catalogue.js';
import { RowsByOwner } from './rows-by-owner.js';

const MAX_TENANT_PRICE_INDEXES = 1_000;
const NO_RULES: readonly RoutingRuleConfig[] = [];

/** One snapshot, arranged by tenant. Built once per snapshot; what concerns one tenant is found without looking at others. */
export class SnapshotIndex {
  readonly policies: RowsByOwner<PolicyConfig>;
  readonly rateLimits: RowsByOwner<RateLimitConfig>;
  readonly budgets: RowsByOwner<BudgetConfig>;
  private readonly prices: RowsByOwner<PriceEntry>;
  private readonly platformPrices: PriceIndex;
  private readonly tenantPrices = new LRUCache<TenantId, PriceIndex>({ max: MAX_TENANT_PRICE_INDEXES });
  private readonly routingRules: RowsByOwner<RoutingRuleConfig>;
  private readonly hasRoutingRules: boolean;
  private readonly ordered = new LRUCache<TenantId, readonly RoutingRuleConfig[]>({
    max: MAX_TENANT_PRICE_INDEXES,
  });

  constructor(readonly snapshot: ConfigSnapshot) {
    this.policies = new RowsByOwner(snapshot.policies);
    this.rateLimits = new RowsByOwner(snapshot.rateLimits);
    this.budgets = new RowsByOwner(snapshot.budgets);
    this.prices = new RowsByOwner(snapshot.prices);
    this.platformPrices = new PriceIndex(snapshot.prices.filter(({ owner }) => owner === 'platform'));
    this.routingRules = new RowsByOwner(snapshot.routingRules);
    this.hasRoutingRules = snapshot.routingRules.length > 0;
  }

  /** Some policy of this tenant depends on tags or users, so that its plans do too. */
  dependsOnTags(tenantId: TenantId): boolean {
    return this.policies
      .listFor(tenantId)
      .some(({ scope }) => scope.tag !== undefined || scope.user !== undefined);
  }

  getPriceIndex(tenantId: TenantId): PriceIndex {
    if (!this.prices.hasOwn(tenantId)) return this.platformPrices;
    let index = this.tenantPrices.get(tenantId);
    if (index === undefined) {
      index = new PriceIndex(this.prices.listFor(tenantId));
      this.tenantPrices.set(tenantId, index);
    }
    return index;
  }

  /** In the order they are asked: by priority over platform and tenant together. */
  listRoutingRules(tenantId: TenantId): readonly RoutingRuleConfig[] {
    if (!this.hasRoutingRules) return NO_RULES;
    let rules = this.ordered.get(tenantId);
    if (rules === undefined) {
      rules = [...this.routingRules.listFor(tenantId)].sort((a, b) => a.priority - b.priority);
      this.ordered.set(tenantId, rules);
    }
    return rules;
  }
}
