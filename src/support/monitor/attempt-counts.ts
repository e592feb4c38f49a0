import { LabelCap, MAX_PROVIDER_LABELS } from './label-cap.js';
import type { Sample } from './prepared-metric.js';

/** How one call of a deployment ended. `timeout` and `broken` had no whole answer; `aborted`: the client left. */
export type AttemptResult =
  'success' | 'rejected' | 'rate-limited' | 'misconfigured' | 'failed' | 'timeout' | 'broken' | 'aborted';

type Counts = Record<AttemptResult, number>;

/** Calls of upstreams by provider and result; one look-up and one increment each. */
export class AttemptCounts {
  private readonly byProvider = new Map<string, Counts>();
  private readonly providers = new LabelCap(MAX_PROVIDER_LABELS);

  count(provider: string, result: AttemptResult): void {
    const counts = this.byProvider.get(provider) ?? this.create(provider);
    counts[result]++;
  }

  *samples(): Iterable<Sample> {
    for (const [provider, counts] of this.byProvider) {
      for (const [outcome, value] of Object.entries(counts)) {
        if (value > 0) yield { labels: { provider, outcome }, value };
      }
    }
  }

  private create(provider: string): Counts {
    const label = this.providers.cap(provider);
    let counts = this.byProvider.get(label);
    if (counts === undefined) this.byProvider.set(label, (counts = createCounts()));
    return counts;
  }
}

function createCounts(): Counts {
  return {
    success: 0,
    rejected: 0,
    'rate-limited': 0,
    misconfigured: 0,
    failed: 0,
    timeout: 0,
    broken: 0,
    aborted: 0,
  };
}
