import type { IncomingMessage } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ManualClock } from '../../common/clock.port.js';
import type { GatewayConfig } from '../../config/gateway-config.js';
import type { MetricsService } from '../../support/monitor/metrics.service.js';
import type { RequestContext } from '../request-context.js';
import { IpCounts } from './ip-counts.js';
import { IpThrottleService } from './ip-throttle.service.js';
import { IpThrottlerGuard } from './ip-throttler.guard.js';
import { LimitedKey } from './testing/limiter-fixtures.js';

function setUp(change: Partial<GatewayConfig> = {}) {
  const counts = new IpCounts(new ManualClock());
  const refusals: string[] = [];
  const config = {
    ipRateLimitPerMinute: 2,
    isLoopbackExemptFromIpLimit: false,
    trustedProxies: 0,
    ...change,
  };
  const metrics = { recordRefusal: (name: string) => refusals.push(name) } as unknown as MetricsService;
  const service = new IpThrottleService(counts, config as GatewayConfig, metrics);
  const guard = new IpThrottlerGuard([], counts, new Reflector(), service);
  const ask = (address: string, pipeline: RequestContext | null = null): unknown => {
    const raw = { socket: { remoteAddress: address }, headers: {} } as unknown as IncomingMessage;
    const request = { raw, pipeline };
    return guard.canActivate({
      getArgByIndex: () => request,
    } as unknown as ExecutionContext);
  };
  return { ask, refusals };
}

describe('IpThrottlerGuard', () => {
  it('refuses an address after its requests of a minute, with or without a context, and others not', () => {
    const { ask, refusals } = setUp();
    expect([ask('203.0.113.9'), ask('203.0.113.9')]).toEqual([true, true]);
    expect(() => ask('203.0.113.9')).toThrow(
      expect.objectContaining({ code: 'rate_limit_exceeded', retryAfterMs: expect.any(Number) as number }),
    );
    expect(ask('203.0.113.10')).toBe(true);
    expect(refusals).toEqual(['ip']);
  });

  it('marks a refused request of the data plane, so that it becomes no row of the ledger', () => {
    const { ask } = setUp({ ipRateLimitPerMinute: 1 });
    const contexts = [0, 1].map(() =>
      Object.assign(new LimitedKey({}).createRequest(), { ip: '203.0.113.9' }),
    );
    ask('198.51.100.1', contexts[0]);
    expect(() => ask('198.51.100.1', contexts[1])).toThrow();
    expect(contexts.map(({ wasRateLimited }) => wasRateLimited)).toEqual([false, true]);
  });

  it('counts an IPv6 subscriber as one', () => {
    const { ask } = setUp();
    ask('2001:db8::1');
    ask('2001:db8::2');
    expect(() => ask('2001:db8::3')).toThrow();
  });

  it('lets this machine itself through where the settings say so', () => {
    const exempt = setUp({ isLoopbackExemptFromIpLimit: true, ipRateLimitPerMinute: 1 });
    const counted = setUp({ ipRateLimitPerMinute: 1 });
    expect(
      ['127.0.0.1', '::1', '::ffff:127.0.0.1', '127.0.0.1'].map((address) => exempt.ask(address)),
    ).toEqual([true, true, true, true]);
    counted.ask('127.0.0.1');
    expect(() => counted.ask('127.0.0.1')).toThrow();
  });
});
