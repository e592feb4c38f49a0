import { LatencyHistogram } from './latency-histogram.js';

/** Tenants counted one by one; each costs 2.5 kB. Those beyond are summed under `other`. */
const MAX_TENANTS = 2_000;

export class TenantStats {
  requests = 0;
  errors = 0;
  rateLimited = 0;
  cacheHits = 0;
  inputTokens = 0;
  outputTokens = 0;
  costNanoUsd = 0n;
  readonly latency = new LatencyHistogram();
}

export class TenantStatsTable {
  private readonly tenants = new Map<string, TenantStats>();

  get(tenantId: string): TenantStats {
    const known = this.tenants.get(tenantId);
    if (known !== undefined) return known;
    const name = this.tenants.size >= MAX_TENANTS ? 'other' : tenantId;
    const stats = this.tenants.get(name) ?? new TenantStats();
    this.tenants.set(name, stats);
    return stats;
  }

  entries(): Iterable<[tenantId: string, stats: TenantStats]> {
    return this.tenants.entries();
  }
}
