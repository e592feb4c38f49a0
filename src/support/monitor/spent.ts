import type { Scope } from '../../tenancy/config-snapshot.js';
import { hasTag } from '../../tenancy/has-tag.js';
import type { UsageEvent } from './usage-event.js';

export interface Spent {
  costNanoUsd: bigint;
  /** Input, output, cache reads and writes. */
  tokens: bigint;
}

export interface SpentRange {
  tenantId: string;
  scope: Scope;
  fromMs: number;
  toMs: number;
}

/** Adds an event if it falls into the range. Unknown amounts add nothing. */
export function addSpent(spent: Spent, event: UsageEvent, range: SpentRange): void {
  if (!isInRange(event, range)) return;
  spent.costNanoUsd += BigInt(event.costNanoUsd ?? 0);
  const input = (event.inputTokens ?? 0) + (event.cacheReadTokens ?? 0) + (event.cacheWriteTokens ?? 0);
  spent.tokens += BigInt(input + (event.outputTokens ?? 0));
}

function isInRange(event: UsageEvent, { tenantId, scope, fromMs, toMs }: SpentRange): boolean {
  if (event.tenantId !== tenantId || event.startedAtMs < fromMs || event.startedAtMs >= toMs) return false;
  if (scope.keyId !== undefined && event.keyId !== scope.keyId) return false;
  if (scope.model !== undefined && event.model !== scope.model) return false;
  if (scope.user !== undefined && event.user !== scope.user) return false;
  return scope.tag === undefined || hasTag(event.tags, scope.tag);
}
