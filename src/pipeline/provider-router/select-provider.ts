import type { ModelConfig } from '../../tenancy/config-snapshot.js';
import type { Candidate } from './upstream-execution.js';

export interface SelectionInput<C extends Candidate> {
  candidates: readonly C[];
  strategy: ModelConfig['strategy'];
  isHealthy: (candidate: Candidate) => boolean;
  /** In [0, 1). */
  random: () => number;
}

/**
 * The order in which candidates are tried. `priority`: lower priorities first, among equals by weighted chance;
 * `weighted`: by weighted chance alone. A weight of 0 takes no traffic of its own and is tried after its group.
 * Unhealthy candidates come last, in the same order among themselves: they are skipped unless their breaker has changed its
 * mind by then, and a request that finds nobody healthy learns from them how long to wait.
 */
export function selectProvider<C extends Candidate>(input: SelectionInput<C>): readonly C[] {
  const { candidates, isHealthy } = input;
  if (candidates.length <= 1) return candidates;
  const healthy = getHealthyProviders(candidates, isHealthy);
  if (healthy.length === candidates.length) return orderByStrategy(candidates, input);
  const unhealthy = candidates.filter((candidate) => !healthy.includes(candidate));
  return [...orderByStrategy(healthy, input), ...orderByStrategy(unhealthy, input)];
}

/** Those whose breaker would admit a call now. */
export function getHealthyProviders<C extends Candidate>(
  candidates: readonly C[],
  isHealthy: (candidate: Candidate) => boolean,
): readonly C[] {
  return candidates.every(isHealthy) ? candidates : candidates.filter(isHealthy);
}

function orderByStrategy<C extends Candidate>(candidates: readonly C[], input: SelectionInput<C>): C[] {
  const remaining = [...candidates];
  const ordered: C[] = [];
  while (remaining.length > 0) {
    const priority = input.strategy === 'priority' ? lowestPriority(remaining) : null;
    ordered.push(...remaining.splice(drawIndex(remaining, priority, input.random), 1));
  }
  return ordered;
}

function lowestPriority(candidates: readonly Candidate[]): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const { deployment } of candidates) lowest = Math.min(lowest, deployment.priority);
  return lowest;
}

/** Draws one candidate of the group by weight. `priority` null: everyone is in the group. */
function drawIndex(candidates: readonly Candidate[], priority: number | null, random: () => number): number {
  let total = 0;
  let last = 0;
  for (const [index, { deployment }] of candidates.entries()) {
    if (priority !== null && deployment.priority !== priority) continue;
    total += Math.max(0, deployment.weight);
    last = index;
  }
  let point = random() * total;
  for (const [index, { deployment }] of candidates.entries()) {
    if (priority !== null && deployment.priority !== priority) continue;
    point -= Math.max(0, deployment.weight);
    if (point < 0) return index;
  }
  // Only weights of 0 are left (or the sum was rounded): the last of the group.
  return last;
}
