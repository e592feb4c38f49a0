import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CLOCK, SystemClock } from '../../common/clock.port.js';
import type { DeploymentId } from '../../common/ids.js';
import { CIRCUIT_BREAKERS } from '../../support/circuit-breaker/circuit-breaker.port.js';
import { CircuitBreakerModule } from '../../support/circuit-breaker/circuit-breaker.module.js';
import { NoBreakerChannel } from '../../support/circuit-breaker/no-breaker-channel.js';
import { SharedCircuitBreakers } from '../../support/circuit-breaker/shared-circuit-breakers.js';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import { ConfigStore } from '../../tenancy/config-store.js';
import { DEFAULT_BREAKER } from '../../tenancy/defaults.js';
import { DEFAULT_ROUTER_OPTIONS } from './default-router-options.js';
import { OPENAI_PROFILE } from './providers/openai/profile.js';
import { ProviderRouterModule } from './provider-router.module.js';
import { ProviderRouterService } from './provider-router.service.js';
import type { Candidate } from './upstream-execution.js';
import type { UpstreamTransport } from './upstream-transport.port.js';

/** A tenant's model beside the platform's, of one name, and a deployment that nobody calls. */
const snapshot = {
  providers: new Map([['p', { name: 'main' }]]),
  models: [
    { name: 'gpt', deployments: ['a', 'b'].map((id) => ({ id, providerId: 'p' })) },
    { name: 'other', deployments: [{ id: 'idle', providerId: 'p' }] },
  ],
};

@Global()
@Module({ providers: [{ provide: CLOCK, useClass: SystemClock }], exports: [CLOCK] })
class ClockModule {}

@Module({
  providers: [
    MetricsService,
    { provide: ConfigStore, useValue: { isLoaded: true, current: () => snapshot } },
  ],
  exports: [MetricsService, ConfigStore],
})
class SurroundingsModule {}

describe('ProviderRouterModule', () => {
  it('boots on the breakers it shares with others and closes each transport once', async () => {
    let closed = 0;
    const transport: UpstreamTransport = {
      send: () => {
        throw new Error('not called');
      },
      close: () => {
        closed += 1;
        return Promise.resolve();
      },
    };
    const binding = { transport, profile: OPENAI_PROFILE };
    const breakers = CircuitBreakerModule.register({ useFactory: () => new NoBreakerChannel() });
    const router = ProviderRouterModule.register({
      imports: [breakers, SurroundingsModule],
      useFactory: () => ({
        bindings: { openai: binding, anthropic: binding, simulated: binding },
        options: DEFAULT_ROUTER_OPTIONS,
      }),
    });
    const app = await Test.createTestingModule({
      imports: [ClockModule, breakers, SurroundingsModule, router],
    }).compile();
    await app.init();
    const service = app.get(ProviderRouterService);
    const shared = app.get<SharedCircuitBreakers>(CIRCUIT_BREAKERS);
    const candidates = ['a', 'b'].map(
      (id, priority) => ({ deployment: { id, priority, weight: 1 } }) as unknown as Candidate,
    );
    for (let count = 0; count < DEFAULT_BREAKER.consecutiveFailures; count++) {
      shared.tryAcquire('a' as DeploymentId, DEFAULT_BREAKER)?.recordFailure('status 500');
    }
    expect(service.getHealthyProviders(candidates)).toEqual([candidates[1]]);
    expect(service.selectProvider(candidates, 'priority')).toEqual([candidates[1], candidates[0]]);
    expect(service.checkHealth()).toMatchObject([{ deploymentId: 'a', breaker: { state: 'open' } }]);
    shared.tryAcquire('b' as DeploymentId, DEFAULT_BREAKER)?.recordSuccess(1);
    shared.tryAcquire('gone' as DeploymentId, DEFAULT_BREAKER)?.recordSuccess(1);
    const metrics = await app.get(MetricsService).renderMetrics();
    expect(metrics.match(/^tokenpak_breaker_state.*$/gm)).toEqual([
      'tokenpak_breaker_state{provider="main",model="gpt"} 2',
    ]);
    await app.close();
    expect(closed).toBe(1);
  });
});
