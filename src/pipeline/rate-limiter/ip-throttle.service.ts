import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { InjectThrottlerStorage } from '@nestjs/throttler';
import { GATEWAY_CONFIG, type GatewayConfig } from '../../config/gateway-config.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import type { RequestContext } from '../request-context.js';
import { type ClientIpResolver, createClientIpResolver, isLoopback, toThrottleKey } from './client-ip.js';
import type { IpCounts } from './ip-counts.js';

export const IP_WINDOW_MS = 60_000;

/** Requests per address and minute: of routes by IpThrottlerGuard, of paths that no route serves by the onRequest hook. */
@Injectable()
export class IpThrottleService {
  private readonly resolveIp: ClientIpResolver;

  constructor(
    @InjectThrottlerStorage() private readonly counts: IpCounts,
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly metrics: MetricsService,
  ) {
    this.resolveIp = createClientIpResolver(config.trustedProxies);
  }

  /**
   * Counts a request. `pipeline`: its context on the data plane, null elsewhere.
   * @throws GatewayError('rate_limit_exceeded')
   */
  count(raw: IncomingMessage, pipeline: RequestContext | null): void {
    const ip = pipeline?.ip ?? this.resolveIp(raw);
    if (this.config.isLoopbackExemptFromIpLimit && isLoopback(ip)) {
      pipeline?.trace.skipStage('ip-throttle', 'this machine itself');
      return;
    }
    pipeline?.trace.beginStage('ip-throttle');
    const verdict = this.counts.hit(toThrottleKey(ip), this.config.ipRateLimitPerMinute, IP_WINDOW_MS);
    if (!verdict.isAllowed) this.refuse(pipeline, verdict.retryAfterMs);
    pipeline?.trace.logStage('ip-throttle', 'ran', null);
  }

  private refuse(pipeline: RequestContext | null, retryAfterMs: number): never {
    if (pipeline !== null) pipeline.wasRateLimited = true;
    this.metrics.recordRefusal('ip');
    throw new GatewayError('rate_limit_exceeded', {
      publicMessage: 'Too many requests come from this address.',
      retryAfterMs,
      details: { limit_metric: 'ip' },
    });
  }
}
