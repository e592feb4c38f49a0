import { TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import type { FastifyReply } from 'fastify';
import { CLOCK, ManualClock } from '../common/clock.port.js';
import { USAGE_LEDGER } from '../support/monitor/usage-event.js';
import { ConfigStore } from '../tenancy/config-store.js';
import { DrainState } from './drain-state.js';
import { HealthController } from './health.controller.js';
import { ReadinessIndicator } from './readiness.indicator.js';
import { REDIS_HEALTH, type RedisHealth } from './redis-health.port.js';

const HOUR_MS = 3_600_000;

/** The controller over what it reads, all of it in the test's hands. */
async function setUp() {
  const clock = new ManualClock();
  const config = { lastCheckedAtMs: clock.nowMs() as number | null, current: () => ({ version: 7 }) };
  const ledger = { isWritable: () => true };
  const redis = { state: 'up' as ReturnType<RedisHealth['describe']> };
  const drain = new DrainState();
  const module = await Test.createTestingModule({
    imports: [TerminusModule.forRoot({ logger: false })],
    controllers: [HealthController],
    providers: [
      ReadinessIndicator,
      { provide: ConfigStore, useValue: config },
      { provide: USAGE_LEDGER, useValue: ledger },
      { provide: REDIS_HEALTH, useValue: { describe: () => redis.state } },
      { provide: DrainState, useValue: drain },
      { provide: CLOCK, useValue: clock },
    ],
  }).compile();
  const controller = module.get(HealthController);
  const ask = async (probe: 'ready' | 'startup') => {
    let status = 200;
    const reply = { code: (code: number) => (status = code) };
    const body = await controller[probe](reply as unknown as FastifyReply);
    return { status, body: body as { status: string; details: Record<string, object> } };
  };
  return { clock, config, ledger, redis, drain, controller, ask };
}

describe('/health/ready', () => {
  it('is 200 when there is a configuration, the journal is writable and nobody drains', async () => {
    const { ask } = await setUp();
    const { status, body } = await ask('ready');
    expect([status, body.status]).toEqual([200, 'ok']);
    expect(body.details).toMatchObject({ configuration: { status: 'up', version: 7 } });
  });

  it('fails once the database has not confirmed the configuration for an hour, and is degraded before', async () => {
    const { ask, clock, config } = await setUp();
    clock.advance(5_000);
    expect((await ask('ready')).body.status).toBe('ok');
    clock.advance(1);
    const silent = await ask('ready');
    expect([silent.status, silent.body.status]).toEqual([200, 'degraded']);
    expect(silent.body.details).toMatchObject({ database: { status: 'up', degraded: true } });
    clock.advance(HOUR_MS - 5_001);
    expect((await ask('ready')).status).toBe(200);
    clock.advance(1);
    const old = await ask('ready');
    expect([old.status, old.body.status]).toEqual([503, 'error']);
    expect(old.body.details).toMatchObject({
      configuration: { status: 'down', reason: 'older than an hour' },
    });
    config.lastCheckedAtMs = clock.nowMs();
    expect((await ask('ready')).status).toBe(200);
  });

  it('fails while the journal cannot be written', async () => {
    const { ask, ledger } = await setUp();
    ledger.isWritable = () => false;
    const { status, body } = await ask('ready');
    expect([status, body.status]).toEqual([503, 'error']);
    expect(body.details).toMatchObject({ journal: { status: 'down', reason: 'not writable' } });
  });

  it('fails while it drains', async () => {
    const { ask, drain } = await setUp();
    drain.isDraining = true;
    const { status, body } = await ask('ready');
    expect([status, body.details]).toMatchObject([503, { drain: { reason: 'shutting down' } }]);
  });

  it('stays 200 without Redis, and says so', async () => {
    const { ask, redis } = await setUp();
    redis.state = 'down';
    const { status, body } = await ask('ready');
    expect([status, body.status, body.details['redis']]).toMatchObject([200, 'degraded', { degraded: true }]);
  });
});

describe('/health/startup', () => {
  it('is 503 until a configuration was loaded, then 200', async () => {
    const { ask, config, clock } = await setUp();
    config.lastCheckedAtMs = null;
    const before = await ask('startup');
    expect([before.status, before.body.status]).toEqual([503, 'error']);
    expect(before.body.details).toMatchObject({ configuration: { reason: 'not loaded yet' } });
    expect((await ask('ready')).status).toBe(503);
    config.lastCheckedAtMs = clock.nowMs();
    expect((await ask('startup')).status).toBe(200);
  });

  it('does not ask what a started process may lose again', async () => {
    const { ask, ledger, drain } = await setUp();
    ledger.isWritable = () => false;
    drain.isDraining = true;
    expect((await ask('startup')).status).toBe(200);
  });
});

describe('/health/live', () => {
  it('asks nothing', async () => {
    const { controller, config } = await setUp();
    config.lastCheckedAtMs = null;
    expect(controller.live()).toEqual({ status: 'ok' });
  });
});
