import { Injectable, Inject, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { clipText } from '../../common/clip-text.js';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import type { DeploymentId } from '../../common/ids.js';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import type { AttemptEnding, AttemptRecorder } from './attempt-recorder.port.js';
import type { Candidate } from './upstream-execution.js';

/** A deployment that is set up wrongly fails every request; one line in this time is enough. */
const WINDOW_MS = 5 * 60_000;
const MAX_DEPLOYMENTS = 10_000;
/** It may name a code of the provider's making. */
const MAX_REASON_LENGTH = 200;

interface Window {
  startedMs: number;
  /** Not logged since. */
  silenced: number;
}

/**
 * Counts every call of a deployment, and says when one is refused for its credentials, model or address. Failover hides that
 * from callers, and the caller's error, where there is one, is logged elsewhere. The address behind a failed call stands in the
 * log alone: traces and breaker states are shown to tenants.
 */
@Injectable()
export class AttemptMonitor implements AttemptRecorder {
  private readonly logger = new Logger('upstreams');
  private readonly windows = new LRUCache<DeploymentId, Window>({ max: MAX_DEPLOYMENTS });

  constructor(
    private readonly metrics: MetricsService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  recordAttempt(candidate: Candidate, ...[result, reason, failure]: AttemptEnding): void {
    this.metrics.recordAttempt(candidate.provider.name, result);
    const cause = failure == null ? null : clipText(failure.message, MAX_REASON_LENGTH);
    if (result === 'misconfigured') this.warn(candidate, reason, cause);
    else if (cause !== null) this.tell(candidate, reason, cause);
  }

  private tell({ deployment, provider }: Candidate, reason: string | null, cause: string): void {
    this.logger.debug({
      msg: 'A call of a provider broke',
      provider: provider.name,
      deploymentId: deployment.id,
      reason,
      cause,
    });
  }

  private warn({ deployment, provider }: Candidate, reason: string | null, cause: string | null): void {
    const nowMs = this.clock.monotonicMs();
    const window = this.windows.get(deployment.id);
    if (window !== undefined && nowMs - window.startedMs < WINDOW_MS) {
      window.silenced += 1;
      return;
    }
    this.windows.set(deployment.id, { startedMs: nowMs, silenced: 0 });
    this.logger.warn({
      msg: 'A provider refuses the credentials, the model or the address of a deployment',
      code: 'upstream_misconfigured',
      provider: provider.name,
      deploymentId: deployment.id,
      upstreamModel: deployment.upstreamModel,
      reason: reason === null ? null : clipText(reason, MAX_REASON_LENGTH),
      ...(cause === null ? {} : { cause }),
      silencedSinceLast: window?.silenced ?? 0,
    });
  }
}
