import type { TokenUsage } from '../../chat/usage.js';

/** What metrics read of a finished request. The pipeline's request context has this shape; it is read, never kept. */
export interface MeasuredRequest {
  readonly route: { readonly name: string };
  /** Null for a name that no model has: such names are unbounded and never become labels. */
  readonly model: { readonly name: string } | null;
  readonly origin: { readonly provider: { readonly name: string; readonly kind: string } | null } | null;
  readonly grant: { readonly tenant: { readonly id: string } } | null;
  readonly cacheOutcome: string;
  readonly usage: TokenUsage | null;
  readonly costNanoUsd: bigint | null;
  /** Milliseconds spent waiting for upstreams. */
  readonly upstreamMs: number;
  readonly attempts: number;
  readonly wasRateLimited: boolean;
  readonly error: { readonly code: string } | null;
  readonly trace: {
    readonly durationMs: number;
    /** In the order of the stages; NaN for one that did not run. */
    readonly stageDurationsMs: readonly number[];
  };
}
